#[path = "../schema.rs"]
mod tables;
use pxt::Select;
use tables::schema::Poster;

struct Hit {
    title: String,
}

async fn hits(app: &pxt::App, query: Select<Poster, Hit>) -> pxt::Result<Vec<Hit>> {
    query.fetch(app).await
}

fn main() {}
