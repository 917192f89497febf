#[path = "../schema.rs"]
mod tables;
use tables::schema;

struct Score(String);

#[pxt::insert_route(table = "films.posters")]
fn respond(score: Score) -> String {
    score.0
}

fn main() {}
