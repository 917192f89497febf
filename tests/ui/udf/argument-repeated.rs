#[pxt::udf(retries = 1, retries = 2)]
fn upper(text: String) -> String {
    text.to_uppercase()
}

fn main() {}
