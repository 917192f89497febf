#[pxt::udf]
fn upper(text: String) -> String {
    text.to_uppercase()
}

#[derive(pxt::Table)]
struct Poster {
    title: Option<String>,
    #[column(computed = upper(title))]
    upper: String,
}

fn main() {}
