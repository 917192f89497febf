#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(table = "films.posters", path = "/new films")]
fn respond(title: String) -> String {
    title
}

fn main() {}
