#[path = "../schema.rs"]
mod tables;
pub use tables::schema;

#[pxt::query_route(
    path = "search",
    method = "get",
    inputs = ["txet", "most", "most"],
    uploadfile_inputs = ["image"],
    tabel = "films.posters"
)]
fn search(image: pxt::Image, text: String, #[default("ten")] most: i64) -> Vec<String> {
    vec![format!("{image:?} {text} {most}")]
}

fn main() {}
