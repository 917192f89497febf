#[pxt::query]
fn all(#[default(1)] most: Option<String>) -> Vec<Option<String>> {
    vec![most]
}

fn main() {}
