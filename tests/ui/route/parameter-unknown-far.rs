#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(table = "films.posters")]
fn respond(duration_of_film: String) -> String {
    duration_of_film
}

fn main() {}
