#[path = "../schema.rs"]
mod tables;
use pxt::{Select, Table};
use tables::schema::Poster;

fn query() -> Select<Poster, (String,)> {
    Poster::select().columns(Poster::title)
}

fn main() {}
