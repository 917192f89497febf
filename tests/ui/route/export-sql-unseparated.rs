#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::update_route(table = "films.posters", export_sql(db_connect = "sqlite://a.db" table = "t"))]
fn respond(title: String) -> String {
    title
}

fn main() {}
