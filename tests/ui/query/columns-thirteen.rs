#[path = "../schema.rs"]
mod tables;
use pxt::Table;
use tables::schema::Poster;

fn query() -> () {
    Poster::select().columns((
        Poster::id, Poster::id, Poster::id, Poster::id, Poster::id, Poster::id, Poster::id, Poster::id, Poster::id, Poster::id,
        Poster::id, Poster::id, Poster::id,
    ));
}

fn main() {}
