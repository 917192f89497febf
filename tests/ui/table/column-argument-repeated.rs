#[derive(pxt::Table)]
struct Poster {
    #[column(default = "", default = "a")]
    title: String,
}

fn main() {}
