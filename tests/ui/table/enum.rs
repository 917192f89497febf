#[derive(pxt::Table)]
enum Poster {
    One { title: String },
}

fn main() {}
