pub mod schema {
    #[derive(pxt::Table)]
    #[table(name = "films")]
    pub struct Film {
        pub title: String,
    }

    pxt::schema![Film, Film];
}

fn main() {}
