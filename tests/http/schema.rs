//! The tables of these tests.

use pxt::jiff::Timestamp;
use pxt::jiff::civil::Date;
use pxt::{Array, Binary, Document, Image, Json, Table, Uuid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A film poster.
#[derive(Table)]
#[table(name = "films.posters")]
pub struct Poster {
    #[column(primary_key, default = Uuid::now_v7)]
    pub id: Uuid,
    pub title: String,
    pub note: Option<String>,
    #[column(default = 3)]
    pub stars: i64,
    pub image: Image,
    pub still: Option<Image>,
    #[column(computed = pxt::functions::image::thumbnail(image, 32))]
    pub thumbnail: Image,
    #[column(computed = pxt::functions::image::width(thumbnail))]
    pub width: i64,
    #[column(computed = pxt::functions::string::upper(title))]
    pub shout: String,
    #[column(computed = crate::routes::echo(shout, stars))]
    pub line: String,
    #[column(computed = crate::routes::counted(title))]
    pub counted: i64,
}

/// One column of each type.
#[derive(Table)]
#[table(name = "kinds")]
pub struct Kinds {
    #[column(primary_key, auto)]
    pub id: i64,
    pub truth: bool,
    pub int: i64,
    pub float: f64,
    pub text: String,
    pub time: Timestamp,
    pub day: Date,
    pub uuid: Uuid,
    pub tree: pxt::serde_json::Value,
    pub tag: Json<Tag>,
    pub bytes: Binary,
    pub vector: Array<f32, 3>,
    pub maybe: Option<i64>,
    pub maybe_text: Option<String>,
    pub maybe_tree: Option<pxt::serde_json::Value>,
}

/// A structured JSON value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tag {
    pub name: String,
    pub weight: u8,
}

/// A key of two columns.
#[derive(Table)]
#[table(name = "pairs")]
pub struct Pair {
    #[column(primary_key)]
    pub left: String,
    #[column(primary_key)]
    pub right: i64,
    pub value: i64,
    pub note: Option<String>,
    #[column(computed = crate::routes::successor(value))]
    pub next: i64,
}

/// Functions that fail in every way.
#[derive(Table)]
#[table(name = "trials")]
pub struct Trial {
    #[column(primary_key)]
    pub name: String,
    pub mode: String,
    #[column(computed = crate::routes::act(mode))]
    pub acted: i64,
    #[column(computed = crate::routes::act_async(mode), on_error = ignore)]
    pub ignored: Option<i64>,
    #[column(computed = crate::routes::after(ignored))]
    pub after: String,
}

/// Any file.
#[derive(Table)]
#[table(name = "papers")]
pub struct Paper {
    #[column(primary_key)]
    pub name: String,
    pub file: Document,
    #[column(computed = pxt::functions::media::content_type(file))]
    pub kind: String,
    #[column(computed = pxt::functions::media::size(file))]
    pub size: i64,
}

/// A table that no route serves.
#[derive(Table)]
#[table(name = "hidden")]
pub struct Hidden {
    #[column(primary_key)]
    pub name: String,
    pub image: Image,
}

pxt::schema![Poster, Kinds, Pair, Trial, Paper, Hidden];
