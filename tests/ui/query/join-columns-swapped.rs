#[path = "../schema.rs"]
mod tables;
use pxt::Table;
use tables::schema::{Line, Poster};

fn query() {
    let _ = Poster::select().join(Line::text.same_as(Poster::title));
}

fn main() {}
