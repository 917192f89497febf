#[derive(pxt::Table)]
#[table(name = "film posters")]
struct Poster {
    title: String,
}

fn main() {}
