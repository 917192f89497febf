#[path = "../../../ui/schema.rs"]
mod tables;
use tables::schema;

#[pxt::compute_route(table = "films.posters", inputs = ["title"], outputs = ["slug"])]
fn slug(slug: Option<String>) -> Option<String> {
    slug
}

#[pxt::compute_route(table = "films.posters", uploadfile_inputs = ["image"])]
fn preview(thumbnail: String, score: f64) -> (String, f64) {
    (thumbnail, score)
}

fn main() {}
