#[path = "../../../ui/schema.rs"]
mod tables;
use tables::schema;

#[derive(serde::Serialize, pxt::schemars::JsonSchema)]
struct Updated {
    title: String,
    score: f64,
}

#[pxt::update_route(table = "films.posters", path = "/posters/update", inputs = ["title", "note"])]
fn updated(title: String, score: f64) -> Updated {
    Updated { title, score }
}

#[pxt::update_route(table = "films.posters")]
fn all(id: pxt::Uuid) -> pxt::Uuid {
    id
}

fn main() {}
