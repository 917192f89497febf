use pxt::Record;

#[derive(Record)]
#[record(crate = pxt, crate = pxt)]
struct Hit {
    stars: i64,
}

fn main() {}
