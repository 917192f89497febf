#[path = "../schema.rs"]
mod tables;
use tables::schema;

type Parsed = Result<i64, String>;

#[pxt::insert_route(table = "films.posters")]
fn respond(title: String) -> pxt::Result<Parsed> {
    Ok(title.parse().map_err(|_| title))
}

fn main() {}
