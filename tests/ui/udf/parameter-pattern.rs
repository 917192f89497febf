#[pxt::udf]
fn first((a, _): (String, String)) -> String {
    a
}

fn main() {}
