#[pxt::query]
fn all() -> Vec<Result<i64, String>> {
    vec![Ok(1), Err("two".to_owned())]
}

fn main() {}
