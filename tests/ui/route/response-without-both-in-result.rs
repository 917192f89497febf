#[path = "../schema.rs"]
mod tables;
use tables::schema;

struct Answer {
    title: String,
}

#[pxt::insert_route(table = "films.posters")]
fn respond(title: String) -> pxt::Result<Answer> {
    Ok(Answer { title })
}

fn main() {}
