#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(table = films.posters)]
fn respond(title: String) -> String {
    title
}

fn main() {}
