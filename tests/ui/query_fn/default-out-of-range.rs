#[pxt::query]
fn all(#[default(9_223_372_036_854_775_808)] most: i64) -> Vec<i64> {
    vec![most]
}

fn main() {}
