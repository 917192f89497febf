#[derive(pxt::Table)]
#[table(name = "films.posters", name = "posters")]
struct Poster {
    title: String,
}

fn main() {}
