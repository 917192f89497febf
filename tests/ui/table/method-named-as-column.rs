use pxt::Table;

#[derive(Table)]
struct Film {
    title: String,
}

impl Film {
    fn title(&self) -> &str {
        &self.title
    }
}

fn main() {}
