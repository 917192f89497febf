//! A table that is changed under a running service.

use pxt::testing::{Answer, TestService};
use serde_json::json;

use crate::{ok, problem, service};

/// Does something to the database behind the service's back.
async fn behind(service: &TestService, text: &str) {
    service.database().execute(text).await.expect("runs");
}

/// One request of each kind over `pairs`.
async fn each_kind(service: &TestService) -> [Answer; 3] {
    let row = json!({"left": "b", "right": 1, "value": 1});
    [
        service.post("/pairs", &row).await,
        service.post("/pairs/update", &json!({"left": "a", "right": 1, "value": 2})).await,
        service.post("/pairs/delete", &json!({"left": "a", "right": 1})).await,
    ]
}

/// Asserts that the first so many of [`each_kind`] are 409 after a change.
async fn changed_by(text: &'static str, refused: usize) {
    let service = service().await;
    ok(&service.post("/pairs", &json!({"left": "a", "right": 1, "value": 1})).await);
    behind(&service, text).await;
    for answer in &each_kind(&service).await[..refused] {
        let body = problem(answer, 409, "schema_changed");
        assert!(body["detail"].as_str().is_some_and(|text| text.contains("restart the service")), "{body}");
        assert!(!answer.text().contains("pairs"), "{body}");
    }
    ok(&service.post("/prompts", &json!({"prompt": "other tables are as they were"})).await);
}

/// behaviour 15: a column dropped by hand is 409 with what to do, for whatever names it
#[tokio::test]
async fn a_dropped_column() {
    changed_by("ALTER TABLE pairs DROP COLUMN note", 2).await;
}

/// behaviour 15: a column renamed by hand is 409
#[tokio::test]
async fn a_renamed_column() {
    changed_by("ALTER TABLE pairs RENAME COLUMN value TO worth", 2).await;
}

/// behaviour 15: a dropped table is 409
#[tokio::test]
async fn a_dropped_table() {
    changed_by("DROP TABLE pairs", 3).await;
}

/// behaviour 10: a query does not escape the check: a table that is gone is 409, and no 500
#[tokio::test]
async fn queries() {
    let service = service().await;
    ok(&service.post("/prompts", &json!({"prompt": "a", "tag": "t"})).await);
    behind(&service, "ALTER TABLE \"studio.prompts\" RENAME COLUMN tag TO label").await;
    problem(&service.post("/prompts/tagged", &json!({"tag": "t"})).await, 409, "schema_changed");
    problem(&service.get("/prompts/lookup?id=1").await, 409, "schema_changed");
    problem(&service.post("/chosen", &json!({"ids": [1]})).await, 409, "schema_changed");
}

/// behaviour 10: an answer's columns are those of the declaration, whatever the table has gained since
#[tokio::test]
async fn a_column_added_by_hand() {
    let service = service().await;
    let row = ok(&service.post("/prompts", &json!({"prompt": "a"})).await);
    behind(&service, "ALTER TABLE \"studio.prompts\" ADD COLUMN extra TEXT DEFAULT 'x'").await;
    assert_eq!(ok(&service.post("/prompts/lookup", &json!({"id": row["id"]})).await), row);
}

/// The tables of a later version of the application: one column more.
mod later {
    #[derive(pxt::Table)]
    #[table(name = "pairs")]
    pub struct Pair {
        #[column(primary_key)]
        pub left: String,
        #[column(primary_key)]
        pub right: i64,
        pub value: i64,
        pub note: Option<String>,
        #[column(computed = crate::routes::successor(value))]
        pub next: i64,
        pub extra: Option<String>,
    }
    pxt::schema![Pair];
}

/// behaviour 15: a table that another version of the application has extended is 409 for writes, until the restart
#[tokio::test]
async fn a_later_schema() {
    let service = service().await;
    ok(&service.post("/pairs", &json!({"left": "a", "right": 1, "value": 1})).await);
    let later = pxt::App::open(service.database().config(), &later::SCHEMA).await.expect("the difference is additive");
    for answer in each_kind(&service).await {
        problem(&answer, 409, "schema_changed");
    }
    later.close().await;
}
