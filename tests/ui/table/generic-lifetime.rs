#[derive(pxt::Table)]
struct Poster<'a> {
    title: &'a str,
}

fn main() {}
