#[derive(pxt::Table)]
struct Poster {
    #[column(default = 5)]
    title: String,
}

fn main() {}
