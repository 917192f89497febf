// A `Result` is one by its type, whatever it is called: on a function of a column, on a route, on a query.
pub mod schema {
    use std::num::ParseIntError;

    pub type Fallible<T> = std::result::Result<T, ParseIntError>;
    pub type Later = Fallible<Option<i64>>;

    #[pxt::udf]
    fn number(title: String) -> Fallible<i64> {
        title.parse()
    }

    #[pxt::udf]
    async fn later(title: String) -> Later {
        title.parse().map(Some)
    }

    #[derive(pxt::Table)]
    pub struct Film {
        #[column(primary_key)]
        pub title: String,
        #[column(computed = number(title))]
        pub number: i64,
        #[column(computed = later(title), on_error = ignore)]
        pub later: Option<i64>,
    }

    pxt::schema![Film];
}

use std::result::Result as Outcome;

/// An error that serializes, and is reported all the same.
#[derive(serde::Serialize, schemars::JsonSchema)]
struct Refusal;

impl From<Refusal> for pxt::Error {
    fn from(_: Refusal) -> Self {
        pxt::Error::public(451, "not here")
    }
}

type Answer = Result<String, Refusal>;
type Rows = pxt::Result<Vec<i64>>;

#[pxt::insert_route(table = "film")]
fn answered(title: String) -> Answer {
    if title.is_empty() { Err(Refusal) } else { Ok(title) }
}

#[pxt::compute_route(table = "film")]
async fn renamed(title: String) -> Outcome<String, Refusal> {
    if title.is_empty() { Err(Refusal) } else { Ok(title) }
}

#[pxt::query_route]
fn rows(number: i64) -> Rows {
    Ok(vec![number])
}

#[pxt::query]
async fn later_rows(number: i64) -> Outcome<Vec<i64>, Refusal> {
    if number < 0 { Err(Refusal) } else { Ok(vec![number]) }
}

fn main() {}
