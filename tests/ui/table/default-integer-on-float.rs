#[derive(pxt::Table)]
struct Poster {
    #[column(default = 1)]
    score: f64,
}

fn main() {}
