#[derive(pxt::Table)]
struct Poster {
    title: String,
    value: Vec<String>,
}

fn main() {}
