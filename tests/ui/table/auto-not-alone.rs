#[derive(pxt::Table)]
struct Poster {
    #[column(primary_key, auto)]
    id: i64,
    #[column(primary_key)]
    year: i64,
}

fn main() {}
