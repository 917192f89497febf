struct Tag(String);

#[pxt::query]
fn tagged(tag: Option<Tag>) -> Vec<String> {
    tag.into_iter().map(|tag| tag.0).collect()
}

fn main() {}
