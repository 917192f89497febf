struct Refused;

type Fallible<T> = Result<T, Refused>;

#[pxt::udf]
fn upper(text: String) -> Fallible<String> {
    if text.is_empty() { Err(Refused) } else { Ok(text) }
}

fn main() {}
