// A struct that is called `Result` is a value like others.
#[path = "../../../ui/schema.rs"]
mod tables;
use tables::schema;

mod marks {
    #[derive(serde::Serialize, schemars::JsonSchema)]
    pub struct Result<T> {
        pub mark: T,
    }
}

#[derive(serde::Serialize, schemars::JsonSchema)]
struct Result {
    title: String,
}

#[pxt::insert_route(table = "films.posters")]
fn own(title: String) -> Result {
    Result { title }
}

#[pxt::insert_route(table = "films.posters")]
fn of_a_module(title: String) -> marks::Result<f64> {
    marks::Result { mark: title.len() as f64 }
}

#[pxt::insert_route(table = "films.posters")]
fn in_a_result(title: String) -> pxt::Result<Result> {
    Ok(Result { title })
}

#[pxt::query]
fn rows() -> Vec<Result> {
    Vec::new()
}

fn main() {}
