fn poster() -> pxt::Image {
    panic!("no poster")
}

#[derive(pxt::Table)]
struct Poster {
    #[column(default = poster)]
    image: pxt::Image,
}

fn main() {}
