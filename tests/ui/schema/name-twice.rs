pub mod schema {
    #[derive(pxt::Table)]
    #[table(name = "films")]
    pub struct Film {
        pub title: String,
    }

    #[derive(pxt::Table)]
    #[table(name = "films")]
    pub struct Movie {
        pub title: String,
    }

    pxt::schema![Film, Movie];
}

fn main() {}
