#[pxt::udf]
fn cut(text: String, length: i64) -> String {
    format!("{text}{length}")
}

#[derive(pxt::Table)]
struct Poster {
    #[column(primary_key, auto)]
    id: i64,
    title: String,
    #[column(computed = cut(title, id))]
    short: String,
}

fn main() {}
