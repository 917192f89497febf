#[path = "../schema.rs"]
mod tables;
pub use tables::schema;

struct Service;

impl Service {
    #[pxt::insert_route(table = "films.posters")]
    fn respond(&self, title: String) -> String {
        title
    }
}

fn main() {}
