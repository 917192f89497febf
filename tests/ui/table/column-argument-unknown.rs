#[derive(pxt::Table)]
struct Poster {
    #[column(unique)]
    title: String,
}

fn main() {}
