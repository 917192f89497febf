#[path = "../schema.rs"]
mod tables;
pub use tables::schema;

#[pxt::query_route(path = "/search", limit = 10)]
fn search(text: String) -> Vec<String> {
    vec![text]
}

fn main() {}
