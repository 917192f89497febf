#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[derive(serde::Serialize)]
struct Answer {
    title: String,
}

#[pxt::insert_route(table = "films.posters")]
fn respond(title: String) -> Answer {
    Answer { title }
}

fn main() {}
