#[path = "../schema.rs"]
mod tables;
use pxt::{Select, Table};
use tables::schema::Poster;

fn query(limit: Option<i64>) -> Select<Poster> {
    Poster::select().limit(limit)
}

fn main() {}
