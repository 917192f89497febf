#[derive(pxt::Table)]
struct Poster;

fn main() {}
