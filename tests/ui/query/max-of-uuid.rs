#[path = "../schema.rs"]
mod tables;
use pxt::{Select, Table};
use tables::schema::Poster;

fn query() -> Select<Poster, Option<pxt::Uuid>> {
    Poster::select().only(Poster::id.max())
}

fn main() {}
