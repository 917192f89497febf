#[derive(pxt::Table)]
struct Poster {
    title: String,
    #[column(computed)]
    upper: String,
}

fn main() {}
