#[derive(pxt::Table)]
struct Poster {
    title: String,
    value: &'static str,
}

fn main() {}
