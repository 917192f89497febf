#[pxt::query]
fn all(app: pxt::App) -> Vec<i64> {
    drop(app);
    Vec::new()
}

fn main() {}
