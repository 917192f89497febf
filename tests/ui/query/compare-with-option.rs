#[path = "../schema.rs"]
mod tables;
use pxt::{Select, Table};
use tables::schema::Poster;

fn query(note: Option<String>) -> Select<Poster> {
    Poster::select().filter(Poster::note.eq(note))
}

fn main() {}
