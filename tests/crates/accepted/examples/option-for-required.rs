#[path = "../../../ui/schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(table = "films.posters")]
fn respond(title: Option<String>, score: Option<f64>, image: Option<String>, note: Option<String>) -> String {
    format!("{title:?}{score:?}{image:?}{note:?}")
}

fn main() {}
