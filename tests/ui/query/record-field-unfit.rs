use pxt::Record;

struct Stars;

#[derive(Record)]
struct Hit {
    stars: Stars,
}

fn main() {}
