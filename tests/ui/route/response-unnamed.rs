#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(table = "films.posters")]
fn respond(title: String) -> impl serde::Serialize {
    title
}

fn main() {}
