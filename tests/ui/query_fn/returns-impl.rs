#[pxt::query]
fn all() -> impl Iterator<Item = i64> {
    [].into_iter()
}

fn main() {}
