#[derive(pxt::Table)]
struct Poster {
    title: String,
    value: Option<Option<String>>,
}

fn main() {}
