#[path = "../schema.rs"]
mod tables;
pub use tables::schema;

struct Films;

impl Films {
    #[pxt::query_route(path = "/search")]
    fn search(&self, #[default("a")] text: String) -> Vec<String> {
        vec![text]
    }
}

fn main() {}
