#[derive(pxt::Table)]
struct Poster {
    #[column(primary_key)]
    image: pxt::Image,
}

fn main() {}
