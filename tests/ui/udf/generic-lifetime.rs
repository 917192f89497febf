#[pxt::udf]
fn upper<'a>(text: &'a str) -> String {
    text.to_uppercase()
}

fn main() {}
