#[derive(pxt::Table)]
struct Poster {
    title: String,
    value: Vec<f32>,
}

fn main() {}
