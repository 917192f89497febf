#[pxt::udf]
fn upper(text: String) -> String {
    text.to_uppercase()
}

#[derive(pxt::Table)]
struct Poster {
    year: i64,
    #[column(computed = upper(year))]
    upper: String,
}

fn main() {}
