struct Tag(String);

#[pxt::udf]
fn tag(text: String) -> Tag {
    Tag(text)
}

fn main() {}
