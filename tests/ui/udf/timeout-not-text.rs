#[pxt::udf(timeout = 10)]
fn upper(text: String) -> String {
    text.to_uppercase()
}

fn main() {}
