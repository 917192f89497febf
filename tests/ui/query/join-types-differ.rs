#[path = "../schema.rs"]
mod tables;
use pxt::Table;
use tables::schema::{Line, Poster};

fn query() {
    let _ = Poster::select().join(Poster::score.same_as(Line::text));
}

fn main() {}
