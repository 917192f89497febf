#[path = "../schema.rs"]
mod tables;
pub use tables::schema;

#[pxt::query_route(one_row = 1)]
fn search(text: String) -> Vec<String> {
    vec![text]
}

fn main() {}
