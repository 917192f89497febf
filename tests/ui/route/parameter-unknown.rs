#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(table = "films.posters")]
fn respond(captoin: String) -> String {
    captoin
}

fn main() {}
