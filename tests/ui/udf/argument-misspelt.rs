#[pxt::udf(timout = "1s")]
fn upper(text: String) -> String {
    text.to_uppercase()
}

fn main() {}
