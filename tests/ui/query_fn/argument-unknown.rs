#[pxt::query(timeout = "1s")]
fn all() -> Vec<i64> {
    Vec::new()
}

fn main() {}
