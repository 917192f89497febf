#[path = "../schema.rs"]
mod tables;
use tables::schema;

struct Refused;

#[pxt::insert_route(table = "films.posters")]
fn respond(title: String) -> Result<String, Refused> {
    if title.is_empty() { Err(Refused) } else { Ok(title) }
}

fn main() {}
