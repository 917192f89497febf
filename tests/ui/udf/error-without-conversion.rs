struct Refused;

#[pxt::udf]
fn upper(text: String) -> Result<String, Refused> {
    if text.is_empty() { Err(Refused) } else { Ok(text) }
}

fn main() {}
