#[pxt::query(crate = pxt, crate = pxt)]
fn all() -> Vec<i64> {
    Vec::new()
}

fn main() {}
