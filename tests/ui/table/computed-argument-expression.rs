#[pxt::udf]
fn cut(text: String, length: i64) -> String {
    format!("{text}{length}")
}

#[derive(pxt::Table)]
struct Poster {
    title: String,
    #[column(computed = cut(title, 3 + 4))]
    short: String,
}

fn main() {}
