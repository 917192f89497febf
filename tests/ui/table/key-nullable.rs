#[derive(pxt::Table)]
struct Poster {
    #[column(primary_key)]
    id: Option<i64>,
}

fn main() {}
