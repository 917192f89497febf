#[pxt::query]
fn all(#[default(1)] #[default(2)] most: i64) -> Vec<i64> {
    vec![most]
}

fn main() {}
