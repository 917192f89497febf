#[pxt::udf(blocking)]
async fn upper(text: String) -> String {
    text.to_uppercase()
}

fn main() {}
