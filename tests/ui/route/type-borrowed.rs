#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(table = "films.posters")]
fn respond(title: &str) -> String {
    title.to_owned()
}

fn main() {}
