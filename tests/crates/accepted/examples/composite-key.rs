pub mod schema {
    use pxt::jiff::civil::Date;

    #[derive(pxt::Table)]
    #[table(name = "cinema.shows")]
    pub struct Show {
        #[column(primary_key)]
        pub cinema: String,
        #[column(primary_key)]
        pub day: Date,
        pub seats: i64,
        pub note: Option<String>,
    }

    pxt::schema![Show];
}

#[pxt::update_route(table = "cinema.shows", inputs = ["seats"])]
fn changed(cinema: String, day: pxt::jiff::civil::Date, seats: i64) -> String {
    format!("{cinema}{day}{seats}")
}

fn main() {
    let new = schema::NewShow { cinema: String::new(), day: pxt::jiff::civil::date(2026, 1, 1), seats: 3, note: None };
    let changes = schema::ShowChanges { seats: Some(new.seats), ..Default::default() };
    assert_eq!(changes.seats, Some(3));
}
