#[derive(pxt::Table)]
struct Poster {
    #[column(max_bytes = 10)]
    year: i64,
}

fn main() {}
