pub mod schema {
    pub struct Film {
        pub title: String,
    }

    pxt::schema![Film];
}

fn main() {}
