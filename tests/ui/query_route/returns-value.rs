#[path = "../schema.rs"]
mod tables;
pub use tables::schema;

#[pxt::query_route]
fn count(#[default(1)] one: i64) -> i64 {
    one
}

fn main() {}
