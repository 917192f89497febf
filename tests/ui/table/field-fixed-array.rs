#[derive(pxt::Table)]
struct Poster {
    title: String,
    value: [f32; 3],
}

fn main() {}
