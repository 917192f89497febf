#[pxt::udf]
fn length(text: String) -> i64 {
    text.len().cast_signed() as i64
}

#[derive(pxt::Table)]
struct Poster {
    title: String,
    #[column(primary_key, auto, computed = length(title))]
    id: i64,
}

fn main() {}
