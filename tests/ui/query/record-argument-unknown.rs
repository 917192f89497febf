use pxt::Record;

#[derive(Record)]
#[record(crat = pxt)]
struct Hit {
    stars: i64,
}

fn main() {}
