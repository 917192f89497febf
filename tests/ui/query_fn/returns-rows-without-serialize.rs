#[derive(pxt::schemars::JsonSchema)]
struct Hit {
    title: String,
}

#[pxt::query]
fn search(title: String) -> Vec<Hit> {
    vec![Hit { title }]
}

fn main() {}
