pub mod schema {
    #[derive(pxt::Table)]
    #[table(name = "films")]
    pub struct Film {
        pub title: String,
    }

    #[derive(pxt::Table)]
    pub struct Poster {
        pub title: String,
    }

    pxt::schema![Film Poster];
}

fn main() {}
