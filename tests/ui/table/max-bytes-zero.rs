#[derive(pxt::Table)]
struct Poster {
    #[column(max_bytes = 0)]
    title: String,
}

fn main() {}
