#[derive(pxt::Table)]
struct Poster {
    #[column(auto)]
    number: i64,
}

fn main() {}
