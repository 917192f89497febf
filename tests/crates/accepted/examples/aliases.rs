// Types go by what they are, not by how they are written: on the side of the table, and on the side of the route.
pub mod schema {
    pub type Score = f64;
    pub type Note = Option<String>;
    pub type Key = i64;

    #[pxt::udf]
    fn double(score: Score) -> Note {
        Some((score * 2.0).to_string())
    }

    #[derive(pxt::Table)]
    pub struct Film {
        #[column(primary_key, auto)]
        pub id: Key,
        #[column(default = 1.5)]
        pub score: Score,
        #[column(computed = double(score), on_error = ignore)]
        pub note: Note,
    }

    pxt::schema![Film];
}

type Rating = f64;
type Remark = Option<String>;

#[pxt::insert_route(table = "film", outputs = ["score", "note"])]
fn respond(score: Rating, note: Remark) -> String {
    format!("{score}{note:?}")
}

fn main() {}
