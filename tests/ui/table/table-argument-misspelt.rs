#[derive(pxt::Table)]
#[table(nmae = "films.posters")]
struct Poster {
    title: String,
}

fn main() {}
