#[derive(pxt::Table)]
struct Poster {
    title: String,
    value: Option<i32>,
}

fn main() {}
