#[pxt::query(path = "/all")]
fn all() -> Vec<i64> {
    Vec::new()
}

fn main() {}
