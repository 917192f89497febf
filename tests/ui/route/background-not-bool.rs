#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(table = "films.posters", background = "yes")]
fn respond(title: String) -> String {
    title
}

fn main() {}
