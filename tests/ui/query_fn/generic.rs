#[pxt::query]
fn all<T>(_text: T) -> Vec<i64> {
    Vec::new()
}

fn main() {}
