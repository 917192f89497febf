#[derive(pxt::Table)]
struct Poster {
    _pxt_version: i64,
}

fn main() {}
