#[pxt::query]
fn all() {}

fn main() {}
