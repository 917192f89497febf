use std::sync::atomic::Ordering;

use serde_json::json;

use crate::routes::COUNTED;
use crate::uploads::form;
use crate::{fields, problem, service};

#[tokio::test]
async fn only_what_is_named_changes_and_only_what_follows_is_computed() {
    let service = service().await;
    let poster = service.upload("/posters", form("Alien").text("note", "first")).await.json();
    let id = &poster["id"];
    let ran = COUNTED.load(Ordering::SeqCst);

    let answer = service.post("/posters/update", &json!({"id": id, "stars": 5})).await;
    assert_eq!(answer.json(), json!({"title": "Alien", "note": "first", "stars": 5, "line": "ALIEN 5", "counted": 5}));

    let answer = service.post("/posters/update", &json!({"id": id, "title": "Aliens", "note": null})).await;
    assert_eq!(answer.json(), json!({"title": "Aliens", "note": null, "stars": 5, "line": "ALIENS 5", "counted": 6}));
    // Other tests run the function too, but a change of `stars` alone never does.
    assert!(COUNTED.load(Ordering::SeqCst) > ran);
}

#[tokio::test]
async fn a_row_that_is_not_there_is_404() {
    let service = service().await;
    problem(&service.post("/pair/update", &json!({"left": "a", "right": 1, "value": 1})).await, 404, "row_not_found");
}

#[tokio::test]
async fn key_and_at_least_one_change_are_needed() {
    let service = service().await;
    let body = problem(&service.post("/pair/update", &json!({"left": "a", "value": 1})).await, 422, "invalid_input");
    assert_eq!(fields(&body, &["right"]), ["missing"]);
    let body = problem(&service.post("/pair/update", &json!({"left": "a", "right": 1})).await, 422, "invalid_input");
    assert!(body.to_string().contains("give at least one of `value`, `note`"), "{body}");
    let body = problem(
        &service.post("/pair/update", &json!({"left": "a", "right": 1, "value": null})).await,
        422,
        "invalid_input",
    );
    assert_eq!(fields(&body, &["value"]), ["null"]);
    let body = problem(
        &service.post("/posters/update", &json!({"id": uuid::Uuid::nil(), "image": "x"})).await,
        422,
        "invalid_input",
    );
    assert_eq!(fields(&body, &["image"]), ["unknown_field"]);
}

#[tokio::test]
async fn concurrent_updates_of_one_row_all_count() {
    let service = service().await;
    assert_eq!(service.post("/pair", &json!({"left": "a", "right": 1, "value": 0})).await.status, 200);
    let requests = (0..64).map(|n| {
        let body = if n % 2 == 0 {
            json!({"left": "a", "right": 1, "value": n})
        } else {
            json!({"left": "a", "right": 1, "note": n.to_string()})
        };
        let service = &service;
        async move { service.post("/pair/update", &body).await }
    });
    let (mut value, mut note) = (false, false);
    for answer in futures_util::future::join_all(requests).await {
        assert_eq!(answer.status, 200, "{}", answer.text());
        let row = answer.json();
        assert_eq!(row[2], row[0].as_i64().expect("an integer") + 1, "computed from its own row");
        value |= row[0] != 0;
        note |= !row[1].is_null();
    }
    assert!(value && note);
    let row = service.post("/pair/update", &json!({"left": "a", "right": 1, "value": 7})).await.json();
    assert!(!row[1].is_null(), "no update was lost: {row}");
}
