type Key = Option<i64>;

#[derive(pxt::Table)]
struct Poster {
    #[column(primary_key)]
    id: Key,
}

fn main() {}
