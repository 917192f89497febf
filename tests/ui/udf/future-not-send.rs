#[pxt::udf]
async fn upper(text: String) -> String {
    let shared = std::rc::Rc::new(text);
    std::future::ready(()).await;
    shared.to_uppercase()
}

fn main() {}
