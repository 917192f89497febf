struct Failed;

#[pxt::query]
fn all() -> Result<Vec<i64>, Failed> {
    Err(Failed)
}

fn main() {}
