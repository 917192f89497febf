#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(table = "films.posters")]
fn respond(score: i64) -> String {
    score.to_string()
}

fn main() {}
