#[derive(serde::Serialize)]
struct Hit {
    title: String,
}

#[pxt::query]
fn search(title: String) -> pxt::Result<Vec<Hit>> {
    Ok(vec![Hit { title }])
}

fn main() {}
