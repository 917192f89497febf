struct Tag;

#[derive(pxt::Table)]
struct Poster {
    title: String,
    value: pxt::Json<Tag>,
}

fn main() {}
