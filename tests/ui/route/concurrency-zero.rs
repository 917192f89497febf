#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::compute_route(table = "films.posters", background = true, concurrency = 0)]
fn respond(title: String) -> String {
    title
}

fn main() {}
