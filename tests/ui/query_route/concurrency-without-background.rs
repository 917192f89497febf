#[path = "../schema.rs"]
mod tables;
pub use tables::schema;

#[pxt::query_route(background = false, concurrency = 4)]
fn search(text: String) -> Vec<String> {
    vec![text]
}

fn main() {}
