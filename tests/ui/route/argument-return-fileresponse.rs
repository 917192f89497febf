#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::update_route(table = "films.posters", return_fileresponse = true)]
fn respond(title: String) -> String {
    title
}

fn main() {}
