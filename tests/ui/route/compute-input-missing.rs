#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::compute_route(table = "films.posters", inputs = ["title"])]
fn respond(score: f64) -> String {
    score.to_string()
}

fn main() {}
