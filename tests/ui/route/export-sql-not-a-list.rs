#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::update_route(table = "films.posters", export_sql = "sqlite://a.db")]
fn respond(title: String) -> String {
    title
}

fn main() {}
