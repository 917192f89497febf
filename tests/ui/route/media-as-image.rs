#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(table = "films.posters")]
fn respond(image: pxt::Image) -> String {
    image.content_type().to_owned()
}

fn main() {}
