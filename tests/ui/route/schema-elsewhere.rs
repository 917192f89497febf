#[path = "../schema.rs"]
mod tables;

#[pxt::insert_route(table = "films.posters", schema = tables::schem)]
fn respond(title: String) -> String {
    title
}

fn main() {}
