#[derive(pxt::Table)]
union Poster {
    id: i64,
}

fn main() {}
