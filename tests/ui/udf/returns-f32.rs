#[pxt::udf]
fn half(number: f64) -> f32 {
    number as f32 / 2.0
}

fn main() {}
