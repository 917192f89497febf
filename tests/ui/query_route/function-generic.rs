#[path = "../schema.rs"]
mod tables;
pub use tables::schema;

#[pxt::query_route]
fn search<T: ToString>(text: T) -> Vec<String> {
    vec![text.to_string()]
}

fn main() {}
