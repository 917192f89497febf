#[pxt::query]
fn size(file: pxt::AnyMedia) -> pxt::Result<Vec<u64>> {
    Ok(vec![file.blocking_size()?])
}

fn main() {}
