//! Tables, functions and queries of their own, so that the document does not change with the other tests.

use pxt::jiff::Timestamp;
use pxt::jiff::civil::Date;
use pxt::{Array, Audio, Binary, Document, Image, Json, Select, Table, Uuid, Video};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A film.
///
/// With its poster.
#[derive(Table)]
#[table(name = "openapi.films")]
pub struct Film {
    #[column(primary_key, default = Uuid::now_v7)]
    pub id: Uuid,
    /// As on the poster.
    pub title: String,
    /// The year it was shown first.
    pub year: Option<i64>,
    #[column(default = 3)]
    pub stars: i64,
    #[column(default = Timestamp::now)]
    pub added: Timestamp,
    pub poster: Image,
    pub still: Option<Image>,
    /// How it was made.
    pub making: Option<Json<Making>>,
    #[column(computed = pxt::functions::image::thumbnail(poster, 32))]
    pub thumbnail: Image,
    #[column(computed = pxt::functions::string::slug(title))]
    pub slug: String,
}

#[derive(Table)]
#[table(name = "openapi.clips")]
pub struct Clip {
    #[column(primary_key)]
    pub name: String,
    pub sound: Audio,
}

/// One column of each type.
#[derive(Table)]
#[table(name = "openapi.kinds")]
pub struct Kinds {
    #[column(primary_key, auto)]
    pub id: i64,
    pub truth: bool,
    pub int: i64,
    pub float: Option<f64>,
    pub text: Option<String>,
    pub time: Timestamp,
    pub day: Option<Date>,
    pub uuid: Uuid,
    pub tree: pxt::serde_json::Value,
    pub maybe_tree: Option<pxt::serde_json::Value>,
    pub making: Json<Making>,
    pub bytes: Option<Binary>,
    pub vector: Array<f32, 3>,
    pub clip: Option<Video>,
    pub paper: Option<Document>,
}

/// How a film was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Making {
    /// The director.
    pub director: String,
    /// In thousands.
    #[serde(default)]
    pub budget: u32,
    pub kind: Kind,
    pub crew: Vec<Member>,
}

/// How it was shot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Colour,
    Bleak,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Member {
    pub name: String,
    pub since: Option<i32>,
}

pxt::schema![Film, Clip, Kinds];

/// What is said of a new film.
#[derive(Serialize, JsonSchema)]
struct Added {
    id: Uuid,
    making: Option<Json<Making>>,
    thumbnail: String,
}

/// Adds a film.
///
/// The poster becomes a thumbnail, too.
#[pxt::insert_route(
    table = "openapi.films",
    path = "/films/new",
    inputs = ["title", "year", "making"],
    uploadfile_inputs = ["poster", "still"],
    schema = crate::openapi::schema
)]
fn added(id: Uuid, making: Option<Json<Making>>, thumbnail: String) -> Added {
    Added { id, making, thumbnail }
}

/// A film that was found.
#[derive(Clone, Serialize, JsonSchema)]
pub struct Found {
    title: String,
    distance: Option<f64>,
}

/// Films by their titles.
///
/// The nearest first.
#[pxt::query]
pub fn search(text: String, #[default(10)] limit: i64, seen: Option<bool>, near: Option<Array<f32, 2>>) -> Vec<Found> {
    drop((seen, near));
    vec![Found { title: text, distance: Some(0.5) }; usize::from(limit > 0)]
}

/// The films of some years, with their posters.
#[pxt::query]
pub fn shown(year: i64) -> Select<Film, Shown> {
    Film::select().filter(Film::year.eq(year)).columns((Film::title, Film::poster, Film::making)).into()
}

/// A film as it is shown.
#[derive(pxt::Record)]
pub struct Shown {
    /// Its title.
    title: String,
    poster: Image,
    making: Option<Json<Making>>,
}

/// The years in which there were films.
#[pxt::query]
pub fn years() -> Select<Film, Option<i64>> {
    Film::select().group_by(Film::year).only(Film::year)
}
