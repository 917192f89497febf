#[derive(pxt::Table)]
struct Poster {
    #[column(primary_key, auto)]
    id: String,
}

fn main() {}
