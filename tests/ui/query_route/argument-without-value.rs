#[path = "../schema.rs"]
mod tables;
pub use tables::schema;

#[pxt::query_route(path)]
fn search(text: String) -> Vec<String> {
    vec![text]
}

fn main() {}
