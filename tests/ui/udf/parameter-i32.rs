#[pxt::udf]
fn double(number: i32) -> i64 {
    i64::from(number) * 2
}

fn main() {}
