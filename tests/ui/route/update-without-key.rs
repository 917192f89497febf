#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::update_route(table = "log", inputs = ["text"])]
fn respond(text: String) -> String {
    text
}

fn main() {}
