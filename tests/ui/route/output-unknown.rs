#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(table = "films.posters", outputs = ["scroe"])]
fn respond(scroe: f64) -> String {
    scroe.to_string()
}

fn main() {}
