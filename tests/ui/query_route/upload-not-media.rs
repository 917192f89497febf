#[path = "../schema.rs"]
mod tables;
pub use tables::schema;

#[pxt::query_route(uploadfile_inputs = ["text"])]
fn search(text: String) -> Vec<String> {
    vec![text]
}

fn main() {}
