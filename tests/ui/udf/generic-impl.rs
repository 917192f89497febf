#[pxt::udf]
fn upper(text: impl ToString) -> String {
    text.to_string()
}

fn main() {}
