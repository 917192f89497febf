#[derive(pxt::Table)]
struct Poster {
    title: String,
    value: i32,
}

fn main() {}
