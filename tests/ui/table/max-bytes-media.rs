#[derive(pxt::Table)]
struct Poster {
    #[column(max_bytes = 10)]
    image: pxt::Image,
}

fn main() {}
