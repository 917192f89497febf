#[pxt::query]
fn all((a, b): (i64, i64)) -> Vec<i64> {
    vec![a, b]
}

fn main() {}
