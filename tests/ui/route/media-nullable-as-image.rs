#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(table = "films.posters")]
fn respond(still: Option<pxt::Image>) -> bool {
    still.is_some()
}

fn main() {}
