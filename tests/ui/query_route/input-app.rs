#[path = "../schema.rs"]
mod tables;
pub use tables::schema;

#[pxt::query_route(inputs = ["app"])]
fn all(app: &pxt::App) -> Vec<usize> {
    vec![app.schema().tables.len()]
}

fn main() {}
