pub mod schema {
    #[derive(pxt::Table)]
    #[table(name = "films")]
    pub struct Film {
        pub title: String,
        pub year: i32,
    }

    pxt::schema![Film];
}

#[pxt::insert_route(table = "films", inputs = ["title", "year"])]
fn respond(title: String, year: i64) -> String {
    format!("{title}{year}")
}

fn main() {}
