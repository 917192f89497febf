#[pxt::query]
fn all(#[default(1)] most: f64) -> Vec<f64> {
    vec![most]
}

fn main() {}
