#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::update_route(table = "films.posters", concurrency = 4)]
fn respond(title: String) -> String {
    title
}

fn main() {}
