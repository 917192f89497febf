#[pxt::query]
async fn all<'a>(_app: &'a pxt::App) -> Vec<i64> {
    Vec::new()
}

fn main() {}
