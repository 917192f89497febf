#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(table = "films.posters")]
fn respond(title: String) -> Option<Result<i64, String>> {
    Some(title.parse().map_err(|_| title))
}

fn main() {}
