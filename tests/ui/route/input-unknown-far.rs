#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(table = "films.posters", inputs = ["title", "image", "duration_of_film"])]
fn respond(score: f64) -> String {
    score.to_string()
}

fn main() {}
