#[derive(pxt::Table)]
struct Poster {
    #[column(max_bytes = -1)]
    title: String,
}

fn main() {}
