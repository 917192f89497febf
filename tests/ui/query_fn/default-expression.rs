#[pxt::query]
fn all(#[default(1 + 1)] most: i64) -> Vec<i64> {
    vec![most]
}

fn main() {}
