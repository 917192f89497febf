#[pxt::query]
fn all(#[default("ten")] most: i64) -> Vec<i64> {
    vec![most]
}

fn main() {}
