#[path = "../schema.rs"]
mod tables;
pub use tables::schema;

#[pxt::query_route(inputs = ["text"])]
fn search(text: String, since: pxt::jiff::Timestamp, #[default(10)] most: i64, note: Option<String>) -> Vec<String> {
    vec![format!("{text} {since} {most} {note:?}")]
}

fn main() {}
