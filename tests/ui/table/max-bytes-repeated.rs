#[derive(pxt::Table)]
struct Poster {
    #[column(max_bytes = 10, max_bytes = 20)]
    title: String,
}

fn main() {}
