#[derive(pxt::Table)]
#[table(name = films)]
struct Poster {
    title: String,
}

fn main() {}
