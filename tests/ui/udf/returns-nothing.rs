#[pxt::udf]
fn log(text: String) {
    drop(text);
}

fn main() {}
