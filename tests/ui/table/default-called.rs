#[derive(pxt::Table)]
struct Poster {
    #[column(default = pxt::Uuid::now_v7())]
    id: pxt::Uuid,
}

fn main() {}
