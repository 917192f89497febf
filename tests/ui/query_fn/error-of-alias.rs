#[derive(serde::Serialize, schemars::JsonSchema)]
struct Failed;

type Rows = Result<Vec<i64>, Failed>;

#[pxt::query]
fn all() -> Rows {
    Err(Failed)
}

fn main() {}
