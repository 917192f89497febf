#[path = "../schema.rs"]
mod tables;
pub use tables::schema;

#[pxt::query_route(method = "get", uploadfile_inputs = ["image"])]
fn like(image: pxt::Image) -> Vec<pxt::Image> {
    vec![image]
}

fn main() {}
