#[path = "../schema.rs"]
mod tables;
pub use tables::schema;

#[pxt::query_route(path = "/search")]
struct Search;

fn main() {}
