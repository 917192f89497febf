#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(table = "films.posters")]
fn respond(score: f32) -> String {
    score.to_string()
}

fn main() {}
