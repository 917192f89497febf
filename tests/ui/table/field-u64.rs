#[derive(pxt::Table)]
struct Poster {
    title: String,
    value: u64,
}

fn main() {}
