pub mod schema {
    #[derive(pxt::Table)]
    #[table(name = "films")]
    pub struct Film {
        pub title: String,
    }

    pxt::schema!["films"];
}

#[pxt::insert_route(table = "films")]
fn respond(title: String) -> String {
    title
}

fn main() {}
