#[pxt::udf]
fn first(text: String) -> Option<String> {
    text.get(..1).map(str::to_owned)
}

#[derive(pxt::Table)]
struct Poster {
    title: String,
    #[column(computed = first(title))]
    first: String,
}

fn main() {}
