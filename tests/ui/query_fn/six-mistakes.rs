struct Tag;

#[pxt::query(limit = 10)]
fn all(
    app: pxt::App,
    cursor: String,
    score: f32,
    #[default("ten")] most: i64,
    tag: Tag,
) -> i64 {
    let _ = (app, cursor, score, tag);
    most
}

fn main() {}
