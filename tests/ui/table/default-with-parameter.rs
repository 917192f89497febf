fn untitled(number: i64) -> String {
    number.to_string()
}

#[derive(pxt::Table)]
struct Poster {
    #[column(default = untitled)]
    title: String,
}

fn main() {}
