#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::update_route(table = "films.posters", export_sql(tabel = "t", method = "upsert", method = "insert", delivery = later))]
fn respond(title: String) -> String {
    title
}

fn main() {}
