#[pxt::udf(retries = -1)]
fn upper(text: String) -> String {
    text.to_uppercase()
}

fn main() {}
