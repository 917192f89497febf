#[pxt::udf]
fn upper(text: String) -> String {
    text.to_uppercase()
}

#[derive(pxt::Table)]
#[table(name = "film posters")]
struct Poster {
    #[column(primary_key)]
    id: Option<i64>,
    title: String,
    year: i32,
    #[column(computed = upper(titel))]
    upper: String,
    note: Option<String>,
    #[column(computed = upper(score))]
    loud: String,
    #[column(unique)]
    score: f64,
}

fn main() {}
