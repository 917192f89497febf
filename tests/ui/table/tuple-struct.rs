#[derive(pxt::Table)]
struct Poster(String);

fn main() {}
