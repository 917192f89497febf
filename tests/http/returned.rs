//! What functions return goes by its type: the error of a `Result` is a problem document, whatever the `Result` is called.

use std::num::ParseIntError;

use pxt::testing::{Answer, TestService};
use serde_json::json;

use crate::problem;

mod schema {
    use std::num::ParseIntError;

    pub(super) type Fallible<T> = Result<T, ParseIntError>;

    #[pxt::udf]
    fn number(title: String) -> Fallible<i64> {
        title.parse()
    }

    #[derive(pxt::Table)]
    #[table(name = "returned")]
    pub(super) struct Returned {
        #[column(primary_key)]
        pub(super) title: String,
        #[column(computed = number(title))]
        pub(super) number: i64,
    }

    pxt::schema![Returned];
}

/// An error that serializes: as a value it would be an answer.
#[derive(serde::Serialize, schemars::JsonSchema)]
enum Refusal {
    Secret(String),
}

impl From<Refusal> for pxt::Error {
    fn from(Refusal::Secret(_): Refusal) -> Self {
        pxt::Error::public(451, "not in this country")
    }
}

/// An answer that is called as a `Result` is.
#[derive(serde::Serialize, schemars::JsonSchema)]
struct Result<T> {
    number: T,
}

type Judged = std::result::Result<Result<i64>, Refusal>;
type Rows = std::result::Result<Vec<Result<i64>>, Refusal>;
type Parsed = schema::Fallible<i64>;

fn judge(number: i64) -> Judged {
    if number < 0 { Err(Refusal::Secret("hunter2".to_owned())) } else { Ok(Result { number }) }
}

#[pxt::insert_route(table = "returned", path = "/judged", schema = schema)]
fn judged(number: i64) -> Judged {
    judge(number)
}

#[pxt::compute_route(table = "returned", path = "/judged/later", schema = schema)]
async fn judged_later(number: i64) -> Judged {
    judge(number)
}

#[pxt::compute_route(table = "returned", path = "/parsed", schema = schema)]
fn parsed(title: String) -> Parsed {
    title.strip_prefix('0').unwrap_or("none").parse()
}

#[pxt::compute_route(table = "returned", path = "/own", schema = schema)]
fn own(number: i64) -> Result<i64> {
    Result { number }
}

#[pxt::query_route(path = "/rows", schema = schema)]
fn rows(number: i64) -> Rows {
    judge(number).map(|row| vec![row])
}

async fn post(service: &TestService, path: &str, title: &str) -> Answer {
    service.post(path, &json!({"title": title})).await
}

#[tokio::test]
async fn errors_go_out_as_problems() {
    let service = TestService::new(&schema::SCHEMA).await.expect("the service starts");
    for path in ["/judged", "/judged/later", "/own"] {
        assert_eq!(post(&service, path, "7").await.json(), json!({"number": 7}), "{path}");
    }
    assert_eq!(service.post("/rows", &json!({"number": 7})).await.json(), json!({"rows": [{"number": 7}]}));
    assert_eq!(post(&service, "/parsed", "07").await.json(), json!(7));
    let refused = [
        post(&service, "/judged", "-7").await,
        post(&service, "/judged/later", "-7").await,
        service.post("/rows", &json!({"number": -7})).await,
    ];
    for answer in refused {
        let body = problem(&answer, 451, "function_error");
        assert!(body["detail"] == "not in this country" && !answer.text().contains("hunter2"), "{body}");
    }
    problem(&post(&service, "/parsed", "7").await, 500, "response_failed");
    let failed = problem(&post(&service, "/judged", "seven").await, 422, "function_failed");
    assert_eq!(crate::fields(&failed, &["number"]).len(), 1);
    let parsed: Option<ParseIntError> = "".parse::<i64>().err();
    assert!(!failed.to_string().contains(&parsed.expect("is no number").to_string()), "the cause stays in the log");
}

#[tokio::test]
async fn what_is_described_is_the_value() {
    let service = TestService::new(&schema::SCHEMA).await.expect("the service starts");
    let document = service.get("/openapi.json").await.json();
    let text = document.to_string();
    assert!(!text.contains("\"Err\"") && !text.contains("Refusal"), "{text}");
}
