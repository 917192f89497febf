#[path = "../schema.rs"]
mod tables;
pub use tables::schema;

#[pxt::query_route(export_sql(db_connect = "sqlite://a.db", table = "t"))]
fn search(text: String) -> Vec<String> {
    vec![text]
}

fn main() {}
