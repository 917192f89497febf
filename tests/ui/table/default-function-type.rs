fn untitled() -> i64 {
    5
}

#[derive(pxt::Table)]
struct Poster {
    #[column(default = untitled)]
    title: String,
}

fn main() {}
