#[derive(pxt::Table)]
#[table(name = "_pxt_films")]
struct Poster {
    title: String,
}

fn main() {}
