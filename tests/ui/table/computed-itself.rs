#[pxt::udf]
fn upper(text: String) -> String {
    text.to_uppercase()
}

#[derive(pxt::Table)]
struct Poster {
    #[column(computed = upper(a))]
    a: String,
}

fn main() {}
