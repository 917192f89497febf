#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(table = "people")]
fn respond(title: String) -> String {
    title
}

fn main() {}
