#[path = "../../../ui/schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(table = "films.posters")]
async fn respond(title: String, score: f64) -> String {
    std::future::ready(()).await;
    format!("{title}{score}")
}

#[pxt::update_route(table = "films.posters", inputs = ["title"])]
async fn updated(title: String) -> pxt::Result<String> {
    Ok(title)
}

fn main() {}
