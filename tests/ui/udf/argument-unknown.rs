#[pxt::udf(threads = 4)]
fn upper(text: String) -> String {
    text.to_uppercase()
}

fn main() {}
