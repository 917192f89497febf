use std::sync::atomic::Ordering;

use serde_json::json;

use crate::routes::ATTEMPTS;
use crate::schema::Trial;
use crate::{fields, problem, service};
use pxt::Table;

#[tokio::test]
async fn a_failing_function_stores_nothing_and_says_nothing() {
    let service = service().await;
    for (mode, status, code) in [
        ("fail", 422, "function_failed"),
        ("public", 403, "function_failed"),
        ("panic", 500, "function_panicked"),
        ("slow", 504, "function_timeout"),
    ] {
        let answer = service.post("/trials", &json!({"name": mode, "mode": mode})).await;
        let body = problem(&answer, status, code);
        fields(&body, &["acted"]);
        assert!(!answer.text().contains("hunter2"), "{}", answer.text());
        assert_eq!(body["detail"] == "this one is under embargo", mode == "public");
        assert!(Trial::get(&service.app, mode.into()).await.expect("reads").is_none());
    }
    assert_eq!(
        service.post("/trials", &json!({"name": "well", "mode": ""})).await.json(),
        json!([1, 2, "Some(2)"]),
        "the process is well"
    );
}

#[tokio::test]
async fn an_ignored_failure_leaves_null_and_is_recorded() {
    let service = service().await;
    for (mode, message) in
        [("ignored", "a lens broke"), ("ignored panic", "ended unexpectedly"), ("ignored timeout", "longer than")]
    {
        let answer = service.post("/trials", &json!({"name": mode, "mode": mode})).await;
        assert_eq!(answer.json(), json!([1, null, "None"]), "{}", answer.text());
        let failures = Trial::failures(&service.app, mode.into()).await.expect("reads").expect("is there");
        assert_eq!(failures.len(), 1);
        assert_eq!(failures[0].0, "ignored");
        assert!(failures[0].1.contains(message), "{failures:?}");
    }
    // Computed again without a failure, the record goes.
    let changes = crate::schema::TrialChanges { mode: Some("well".into()) };
    let trial = Trial::update(&service.app, "ignored".into(), changes).await.expect("updates").expect("is there");
    assert_eq!(trial.ignored, Some(2));
    assert_eq!(Trial::failures(&service.app, "ignored".into()).await.expect("reads"), Some(vec![]));
}

#[tokio::test]
async fn a_flaky_function_is_tried_again() {
    let service = service().await;
    let answer = service.post("/trials", &json!({"name": "flaky", "mode": "flaky"})).await;
    assert_eq!(answer.json()[0], 1, "{}", answer.text());
    assert_eq!(ATTEMPTS.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_function_that_fails_after_the_commit_says_that_the_row_is_stored() {
    let service = service().await;
    for (name, status, code) in [
        ("late public", 418, "function_error"),
        ("late secret", 500, "response_failed"),
        ("late panic", 500, "response_failed"),
    ] {
        let answer = service.post("/trials", &json!({"name": name, "mode": ""})).await;
        let body = problem(&answer, status, code);
        assert_eq!((&body["stored"], &body["key"]), (&json!(true), &json!({"name": name})));
        assert!(!answer.text().contains("hunter2"));
        assert!(Trial::get(&service.app, name.into()).await.expect("reads").is_some());
    }
}

/// A function of which two run at once.
mod narrow {
    use std::sync::atomic::{AtomicI64, Ordering};

    pub static RUNNING: AtomicI64 = AtomicI64::new(0);
    pub static MOST: AtomicI64 = AtomicI64::new(0);

    #[pxt::udf(concurrency = 2)]
    pub async fn narrow(name: String) -> String {
        MOST.fetch_max(RUNNING.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        RUNNING.fetch_sub(1, Ordering::SeqCst);
        name
    }

    #[derive(pxt::Table)]
    pub struct Gate {
        #[column(primary_key)]
        pub name: String,
        #[column(computed = narrow(name))]
        pub passed: String,
    }
    pxt::schema![Gate];
}

#[tokio::test]
async fn concurrency_is_bounded_and_used() {
    let database = pxt::testing::TestDatabase::new().await.expect("a database");
    let app = pxt::App::open(database.config(), &narrow::SCHEMA).await.expect("opens");
    let inserts = (0..16).map(|n| narrow::Gate::insert(&app, narrow::NewGate { name: n.to_string() }));
    for row in futures_util::future::join_all(inserts).await {
        let row = row.expect("inserts");
        assert_eq!(row.passed, row.name);
    }
    assert_eq!(narrow::MOST.load(Ordering::SeqCst), 2);
}
