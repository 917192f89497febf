#[derive(pxt::Table)]
struct Poster {
    title: String,
    #[allow(non_snake_case)]
    Title: String,
}

fn main() {}
