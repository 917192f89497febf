//! The endpoints.

use pxt::Uuid;
use schemars::JsonSchema;
use serde::Serialize;

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
#[pxt::insert_route(table = "films.posters", path = "/posters", inputs = ["title", "note"], uploadfile_inputs = ["image"])]
fn added(id: Uuid, title: String, thumbnail: String, blurhash: String, color: String, description: String) -> Card {
    Card { id, title, thumbnail, blurhash, color, alt: description }
}

/// Changes a poster's title or note.
#[pxt::update_route(table = "films.posters", path = "/posters/update", inputs = ["title", "note"])]
fn retitled(id: Uuid, title: String, slug: String) -> Retitled {
    Retitled { id, title, address: format!("/film/{slug}") }
}

/// Shows what would be computed of a picture, and keeps nothing.
#[pxt::compute_route(table = "films.posters", path = "/posters/preview", inputs = [], uploadfile_inputs = ["image"])]
async fn preview(thumbnail: String, color: String, brightness: f64) -> pxt::Result<Preview> {
    Ok(Preview { thumbnail, color, brightness: (brightness * 1000.0).round() / 1000.0 })
}
