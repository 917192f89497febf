#[pxt::query]
struct All;

fn main() {}
