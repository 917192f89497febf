#[pxt::query]
fn chosen(ids: Option<Vec<i64>>) -> Vec<i64> {
    ids.unwrap_or_default()
}

fn main() {}
