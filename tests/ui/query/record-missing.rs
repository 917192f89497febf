#[path = "../schema.rs"]
mod tables;
use pxt::{Select, Table};
use tables::schema::Poster;

struct Hit {
    title: String,
}

fn query() -> Select<Poster, Hit> {
    Poster::select().columns((Poster::title,)).into::<Hit>()
}

fn main() {}
