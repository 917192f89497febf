#[pxt::udf(timeout)]
fn upper(text: String) -> String {
    text.to_uppercase()
}

fn main() {}
