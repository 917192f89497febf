#[path = "../schema.rs"]
mod tables;
pub use tables::schema;

#[pxt::query_route(return_fileresponse, background = true)]
fn like(image: pxt::Image) -> Vec<pxt::Image> {
    vec![image]
}

fn main() {}
