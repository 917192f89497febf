#[path = "../schema.rs"]
mod tables;
use pxt::{Select, Table};
use tables::schema::Poster;

fn query() -> Select<Poster> {
    Poster::select().filter(Poster::title.eq(3))
}

fn main() {}
