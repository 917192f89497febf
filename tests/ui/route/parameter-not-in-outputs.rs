#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(table = "films.posters", outputs = ["score"])]
fn respond(score: f64, title: String) -> String {
    format!("{title}{score}")
}

fn main() {}
