#[pxt::udf]
fn upper<T: ToString>(text: T) -> String {
    text.to_string()
}

fn main() {}
