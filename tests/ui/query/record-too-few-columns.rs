#[path = "../schema.rs"]
mod tables;
use pxt::{Record, Select, Table};
use tables::schema::Poster;

#[derive(Record)]
struct Hit {
    id: pxt::Uuid,
    title: String,
}

fn query() -> Select<Poster, Hit> {
    Poster::select().columns((Poster::id,)).into::<Hit>()
}

fn main() {}
