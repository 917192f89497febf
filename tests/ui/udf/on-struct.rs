#[pxt::udf]
struct Upper;

fn main() {}
