#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[derive(serde::Serialize, schemars::JsonSchema)]
enum Refusal {
    Secret(String),
}

type Answer = Result<String, Refusal>;

#[pxt::insert_route(table = "films.posters")]
fn respond(title: String) -> Answer {
    if title.is_empty() { Err(Refusal::Secret(title)) } else { Ok(title) }
}

fn main() {}
