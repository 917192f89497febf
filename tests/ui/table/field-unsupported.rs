struct Tag;

#[derive(pxt::Table)]
struct Poster {
    title: String,
    value: Tag,
}

fn main() {}
