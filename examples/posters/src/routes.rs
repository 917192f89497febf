//! The endpoints.

use pxt::{Delete, Insert, Method, Query, Routes, Select, Table, Uuid, retrieval};
use schemars::JsonSchema;
use serde::Serialize;

use crate::schema::Poster;

/// A poster as the gallery shows it.
#[derive(Serialize, JsonSchema)]
struct Card {
    id: Uuid,
    title: String,
    thumbnail: String,
    blurhash: String,
    color: String,
    alt: String,
}

/// What a poster would look like, before it is kept.
#[derive(Serialize, JsonSchema)]
struct Preview {
    thumbnail: String,
    color: String,
    brightness: f64,
}

/// What changed.
#[derive(Serialize, JsonSchema)]
struct Retitled {
    id: Uuid,
    title: String,
    address: String,
}

/// Adds a poster.
#[pxt::insert_route(table = "films.posters", path = "/posters", inputs = ["title", "note", "details"],
                    uploadfile_inputs = ["image"])]
fn added(id: Uuid, title: String, thumbnail: String, blurhash: String, color: String, description: String) -> Card {
    Card { id, title, thumbnail, blurhash, color, alt: description }
}

/// Adds a poster in the background: the answer does not wait until the picture has been looked at.
#[pxt::insert_route(table = "films.posters", path = "/posters/later", inputs = ["title", "note", "details"],
                    uploadfile_inputs = ["image"], background = true)]
fn added_later(
    id: Uuid,
    title: String,
    thumbnail: String,
    blurhash: String,
    color: String,
    description: String,
) -> Card {
    added(id, title, thumbnail, blurhash, color, description)
}

/// Changes a poster's title, note or details.
#[pxt::update_route(table = "films.posters", path = "/posters/update", inputs = ["title", "note", "details"])]
fn retitled(id: Uuid, title: String, slug: String) -> Retitled {
    Retitled { id, title, address: format!("/film/{slug}") }
}

/// Shows what would be computed of a picture, and keeps nothing.
#[pxt::compute_route(table = "films.posters", path = "/posters/preview", inputs = [], uploadfile_inputs = ["image"])]
async fn preview(thumbnail: String, color: String, brightness: f64) -> pxt::Result<Preview> {
    Ok(Preview { thumbnail, color, brightness: (brightness * 1000.0).round() / 1000.0 })
}

/// Finds posters by letters of their titles, in the order of the titles.
#[pxt::query_route(path = "/posters/search", method = "get")]
fn search(text: String, #[default(10)] limit: i64) -> Select<Poster> {
    Poster::select().filter(Poster::title.contains(text)).order_by(Poster::title.asc()).limit(limit)
}

/// The poster with this address, as a picture.
#[pxt::query_route(path = "/posters/picture", method = "get", return_fileresponse)]
fn picture(slug: String) -> Select<Poster, pxt::Image> {
    Poster::select().filter(Poster::slug.eq(slug)).limit(1).only(Poster::image)
}

/// The routes that need no function.
pub fn plain(routes: Routes) -> Routes {
    routes
        .add_insert_route(
            "films.posters",
            Insert::at("/thumbnail")
                .inputs(["title"])
                .uploadfile_inputs(["image"])
                .outputs(["thumbnail"])
                .return_fileresponse(true),
        )
        .add_query_route(
            retrieval("films.posters", ["id"]),
            Query::at("/posters/lookup").method(Method::Get).one_row(true),
        )
        .add_delete_route("films.posters", Delete::at("/posters/delete"))
}
