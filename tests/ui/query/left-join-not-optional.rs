#[path = "../schema.rs"]
mod tables;
use pxt::{Select, Table};
use tables::schema::{Line, Poster};

fn query() -> Select<(Poster, Option<Line>), (String, String)> {
    Poster::select()
        .left_join(Poster::title.same_as(Line::text))
        .columns((Poster::title, Line::text))
}

fn main() {}
