#[pxt::query]
async fn upper(text: String) -> Vec<String> {
    let shared = std::rc::Rc::new(text);
    std::future::ready(()).await;
    vec![shared.to_uppercase()]
}

fn main() {}
