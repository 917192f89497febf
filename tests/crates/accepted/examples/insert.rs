#[path = "../../../ui/schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(table = "films.posters", inputs = ["title"], uploadfile_inputs = ["image"])]
fn respond(score: f64, note: Option<String>, thumbnail: String, id: pxt::Uuid, title: String) -> String {
    format!("{score}{note:?}{thumbnail:?}{id}{title}")
}

fn main() {}
