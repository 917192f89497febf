#[pxt::query]
fn all(#[default(crate::ten)] most: i64) -> Vec<i64> {
    vec![most]
}

fn main() {}
