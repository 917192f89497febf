#[path = "../schema.rs"]
mod tables;
use pxt::{Select, Table};
use tables::schema::Poster;

fn query() -> Select<Poster> {
    Poster::select().filter(Poster::title.is_null())
}

fn main() {}
