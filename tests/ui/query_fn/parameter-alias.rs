type Score = f32;

#[pxt::query]
fn above(score: Score) -> Vec<f32> {
    vec![score]
}

fn main() {}
