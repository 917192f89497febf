#[pxt::query_route]
fn all() -> Vec<i64> {
    Vec::new()
}

fn main() {}
