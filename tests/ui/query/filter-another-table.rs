#[path = "../schema.rs"]
mod tables;
use pxt::{Select, Table};
use tables::schema::{Line, Poster};

fn query() -> Select<Poster> {
    Poster::select().filter(Line::text.eq("x"))
}

fn main() {}
