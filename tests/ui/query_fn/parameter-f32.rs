#[pxt::query]
fn above(score: f32) -> Vec<f32> {
    vec![score]
}

fn main() {}
