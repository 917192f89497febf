use pxt::Record;

#[derive(Record)]
enum Hit {
    Stars(i64),
}

fn main() {}
