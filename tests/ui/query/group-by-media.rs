#[path = "../schema.rs"]
mod tables;
use pxt::{Select, Table};
use tables::schema::Poster;

fn query() -> Select<Poster, (i64,)> {
    Poster::select().group_by(Poster::image).columns((pxt::count(),))
}

fn main() {}
