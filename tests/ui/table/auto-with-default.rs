#[derive(pxt::Table)]
struct Poster {
    #[column(primary_key, auto, default = 1)]
    id: i64,
}

fn main() {}
