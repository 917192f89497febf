#[path = "../schema.rs"]
mod tables;
use pxt::{Record, Select, Table};
use tables::schema::Poster;

#[derive(Record)]
struct Hit {
    stars: i32,
}

fn query() -> Select<Poster, Hit> {
    Poster::select().columns((Poster::title,)).into::<Hit>()
}

fn main() {}
