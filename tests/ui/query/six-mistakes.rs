#[path = "../schema.rs"]
mod tables;
use pxt::{Record, Table};
use tables::schema::{Line, Poster};

#[derive(Record)]
struct Hit {
    id: pxt::Uuid,
    title: String,
}

fn query(limit: Option<i64>) {
    let _ = Poster::select()
        .filter(Line::text.eq("x"))
        .filter(Poster::title.eq(1))
        .filter(Poster::score.contains("x"))
        .order_by(Poster::image.desc())
        .limit(limit)
        .columns((Poster::id, Poster::score))
        .into::<Hit>();
}

fn main() {}
