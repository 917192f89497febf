struct Tag(String);

#[pxt::udf]
fn upper(tag: Tag) -> String {
    tag.0
}

fn main() {}
