#[pxt::udf(timeout = "0s")]
fn upper(text: String) -> String {
    text.to_uppercase()
}

fn main() {}
