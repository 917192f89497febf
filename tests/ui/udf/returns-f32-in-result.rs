#[pxt::udf]
fn half(number: f64) -> pxt::Result<f32> {
    Ok(number as f32 / 2.0)
}

fn main() {}
