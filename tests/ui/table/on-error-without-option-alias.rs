type Text = String;

#[pxt::udf]
fn upper(text: String) -> String {
    text.to_uppercase()
}

#[derive(pxt::Table)]
struct Poster {
    title: String,
    #[column(computed = upper(title), on_error = ignore)]
    upper: Text,
}

fn main() {}
