#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::compute_route(table = "films.posters", match_columns = ["title"])]
fn respond(title: String) -> String {
    title
}

fn main() {}
