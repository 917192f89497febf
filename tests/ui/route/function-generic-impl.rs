#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(table = "films.posters")]
fn respond(title: impl ToString) -> String {
    title.to_string()
}

fn main() {}
