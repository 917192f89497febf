#[derive(pxt::Table)]
struct Poster<T> {
    title: T,
}

fn main() {}
