use pxt::{AnyMedia, Image};

#[pxt::udf]
fn sync(text: String) -> String {
    text
}

#[pxt::udf]
fn fallible(text: String) -> pxt::Result<String> {
    Ok(text)
}

#[pxt::udf(blocking, timeout = "10s", concurrency = 4, retries = 2)]
fn blocking(text: String) -> std::io::Result<String> {
    Ok(text)
}

#[pxt::udf(timeout = "500ms")]
async fn asynchronous(text: String) -> String {
    std::future::ready(text).await
}

#[pxt::udf(retries = 3)]
async fn asynchronous_fallible(text: Option<String>) -> Result<Option<String>, std::fmt::Error> {
    Ok(text)
}

#[pxt::udf]
fn constant() -> i64 {
    42
}

#[pxt::udf]
fn brighter(image: Image, by: f64) -> pxt::Result<Image> {
    let _ = by;
    Ok(image)
}

#[pxt::udf]
fn kind(file: AnyMedia) -> String {
    drop(file);
    String::new()
}

#[pxt::udf]
fn changed(mut number: i64) -> i64 {
    number += 1;
    number
}

#[derive(pxt::Table)]
pub struct Film {
    pub text: String,
    pub image: Image,
    #[column(computed = sync(text))]
    pub a: String,
    #[column(computed = fallible(a))]
    pub b: String,
    #[column(computed = blocking("literal"))]
    pub c: String,
    #[column(computed = self::asynchronous(c))]
    pub d: String,
    #[column(computed = crate::asynchronous_fallible(d), on_error = ignore)]
    pub e: Option<String>,
    #[column(computed = constant())]
    pub f: i64,
    #[column(computed = brighter(image, -0.5))]
    pub g: Image,
    #[column(computed = kind(g), on_error = abort)]
    pub h: String,
    #[column(computed = changed(f))]
    pub i: i64,
}

fn main() {
    assert_eq!(sync("the function stays callable".to_owned()), "the function stays callable");
    assert_eq!(changed(1), 2);
}
