fn blank() -> pxt::Image {
    pxt::Image::from_bytes(Vec::new())
}

#[pxt::query]
fn like(#[default(blank)] image: pxt::Image) -> pxt::Result<Vec<u64>> {
    Ok(vec![image.blocking_size()?])
}

fn main() {}
