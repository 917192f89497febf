#[pxt::query]
fn all(cursor: Option<String>) -> Vec<Option<String>> {
    vec![cursor]
}

fn main() {}
