use pxt::Record;

#[derive(Record)]
struct Hit<T> {
    stars: T,
}

fn main() {}
