#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(path = "/respond")]
fn respond(title: String) -> String {
    title
}

fn main() {}
