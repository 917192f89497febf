#[pxt::query]
fn all(#[default("2020-01-01")] most: pxt::jiff::civil::Date) -> Vec<pxt::jiff::civil::Date> {
    vec![most]
}

fn main() {}
