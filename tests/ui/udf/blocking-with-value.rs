#[pxt::udf(blocking = true)]
fn upper(text: String) -> String {
    text.to_uppercase()
}

fn main() {}
