#[derive(pxt::Table)]
struct Poster {
    title: String,
    value: Vec<u8>,
}

fn main() {}
