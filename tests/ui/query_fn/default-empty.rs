#[pxt::query]
fn all(#[default] most: i64) -> Vec<i64> {
    vec![most]
}

fn main() {}
