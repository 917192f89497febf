#[derive(pxt::Table)]
struct Poster {
    #[column(max_bytes = "10")]
    title: String,
}

fn main() {}
