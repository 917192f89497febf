#[path = "../schema.rs"]
mod tables;
use pxt::{Select, Table};
use tables::schema::{Line, Poster};

fn query() -> Select<Poster, (String, String)> {
    Poster::select().columns((Poster::title, Line::text))
}

fn main() {}
