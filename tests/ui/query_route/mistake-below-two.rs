#[path = "../schema.rs"]
mod tables;
pub use tables::schema;

#[pxt::query_route(method = "get")]
#[pxt::query_route(path = "/above")]
#[pxt::query]
fn above(score: f32) -> Vec<f32> {
    vec![score]
}

fn main() {}
