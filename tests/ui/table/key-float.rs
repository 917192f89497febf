#[derive(pxt::Table)]
struct Poster {
    #[column(primary_key)]
    score: f64,
}

fn main() {}
