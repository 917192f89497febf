#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(table = "films.posters", inputs = "title")]
fn respond(score: f64) -> String {
    score.to_string()
}

fn main() {}
