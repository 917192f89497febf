#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::update_route(table = "films.posters", one_row)]
fn respond(title: String) -> String {
    title
}

fn main() {}
