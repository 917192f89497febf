#[pxt::udf(concurrency = 0)]
fn upper(text: String) -> String {
    text.to_uppercase()
}

fn main() {}
