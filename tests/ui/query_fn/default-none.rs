#[pxt::query]
fn all(#[default(None)] most: Option<i64>) -> Vec<Option<i64>> {
    vec![most]
}

fn main() {}
