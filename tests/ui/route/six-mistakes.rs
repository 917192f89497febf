#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(
    table = "films.posters",
    inputs = ["titel", "score"],
    uploadfile_inputs = ["image"],
    outputs = ["scroe", "note", "thumbnail", "id"]
)]
fn respond(score: f64, note: String, thumbnail: pxt::Image, id: pxt::Uuid, title: String) -> String {
    format!("{score}{note}{thumbnail:?}{id}{title}")
}

fn main() {}
