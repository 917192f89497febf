#[derive(pxt::Table)]
struct Poster {
    #[column(on_error = ignore)]
    title: Option<String>,
}

fn main() {}
