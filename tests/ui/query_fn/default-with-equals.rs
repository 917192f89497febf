#[pxt::query]
fn all(#[default = 10] most: i64) -> Vec<i64> {
    vec![most]
}

fn main() {}
