#[path = "../schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(table = "films.posters")]
async fn respond(title: String) -> String {
    let shared = std::rc::Rc::new(title);
    std::future::ready(()).await;
    shared.to_string()
}

fn main() {}
