pub mod numbered {
    #[derive(pxt::Table)]
    pub struct Film {
        #[column(primary_key, auto)]
        pub id: i64,
        pub title: String,
    }
    pxt::schema![Film];
}

#[pxt::insert_route(table = "film", schema = numbered, inputs = ["id", "title"])]
fn respond(title: String) -> String {
    title
}

fn main() {}
