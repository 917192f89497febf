#[pxt::udf]
fn upper(text: &str) -> String {
    text.to_uppercase()
}

fn main() {}
