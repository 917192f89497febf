#[path = "../schema.rs"]
mod tables;
pub use tables::schema;

#[pxt::query_route]
fn above(score: f32) -> Vec<f32> {
    vec![score]
}

fn main() {}
