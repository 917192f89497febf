#[pxt::insert_route(table = "films.posters")]
fn respond(title: String) -> String {
    title
}

fn main() {}
