#[path = "../schema.rs"]
mod tables;
pub use tables::schema;

#[pxt::query_route(inputs = [])]
fn search(text: String, most: i64) -> Vec<String> {
    vec![format!("{text} {most}")]
}

fn main() {}
