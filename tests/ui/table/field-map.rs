#[derive(pxt::Table)]
struct Poster {
    title: String,
    value: std::collections::HashMap<String, String>,
}

fn main() {}
