#[pxt::query]
fn all(text: String, app: &pxt::App) -> Vec<String> {
    let _ = app;
    vec![text]
}

fn main() {}
