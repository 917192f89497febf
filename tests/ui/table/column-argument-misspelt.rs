#[derive(pxt::Table)]
struct Poster {
    #[column(primary_kye)]
    title: String,
}

fn main() {}
