#[path = "../schema.rs"]
mod tables;
use pxt::{Select, Table};
use tables::schema::Poster;

fn query() -> Select<Poster> {
    Poster::select().order_by(Poster::image.asc())
}

fn main() {}
