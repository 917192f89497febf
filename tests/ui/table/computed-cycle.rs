#[pxt::udf]
fn upper(text: String) -> String {
    text.to_uppercase()
}

#[derive(pxt::Table)]
struct Poster {
    #[column(computed = upper(b))]
    a: String,
    #[column(computed = upper(c))]
    b: String,
    #[column(computed = upper(a))]
    c: String,
}

fn main() {}
