#[pxt::query(crate)]
fn all() -> Vec<i64> {
    Vec::new()
}

fn main() {}
