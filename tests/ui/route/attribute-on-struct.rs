#[path = "../schema.rs"]
mod tables;
pub use tables::schema;

#[pxt::insert_route(table = "films.posters")]
struct Respond;

fn main() {}
