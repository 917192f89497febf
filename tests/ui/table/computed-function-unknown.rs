#[pxt::udf]
fn upper(text: String) -> String {
    text.to_uppercase()
}

#[derive(pxt::Table)]
struct Poster {
    title: String,
    #[column(computed = uper(title))]
    upper: String,
}

fn main() {}
