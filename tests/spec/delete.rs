//! Delete routes.

use axum::http::Request;
use serde_json::json;

use crate::{ok, problem, prompt, refused, service};

/// router: add_delete_route, "returns the number of rows affected"
/// guide: delete routes, `{"id": 42}` is answered with `{"num_rows": 1}`
/// behaviour 8: `{"num_rows": n}`, 200 also for 0
#[tokio::test]
async fn by_primary_key() {
    let service = service().await;
    let id = prompt(&service, json!({"prompt": "a"})).await;
    let other = prompt(&service, json!({"prompt": "b"})).await;
    assert_eq!(ok(&service.post("/prompts/delete", &json!({"id": id})).await), json!({"num_rows": 1}));
    assert_eq!(ok(&service.post("/prompts/delete", &json!({"id": id})).await), json!({"num_rows": 0}));
    problem(&service.get(&format!("/prompts/lookup?id={id}")).await, 404, "row_not_found");
    ok(&service.get(&format!("/prompts/lookup?id={other}")).await);
}

/// router: add_delete_route, match_columns "Defaults to the table's primary key", all of its columns
#[tokio::test]
async fn by_a_key_of_two_columns() {
    let service = service().await;
    for right in [1, 2] {
        ok(&service.post("/pairs", &json!({"left": "a", "right": right, "value": 1})).await);
    }
    refused(&service.post("/pairs/delete", &json!({"left": "a"})).await, "right", "missing");
    assert_eq!(ok(&service.post("/pairs/delete", &json!({"left": "a", "right": 2})).await), json!({"num_rows": 1}));
    assert_eq!(ok(&service.post("/pairs/delete", &json!({"left": "b", "right": 1})).await), json!({"num_rows": 0}));
}

/// router: add_delete_route, match columns are "AND-ed equality"
/// guide: delete routes, "To delete by a non-primary-key column"
#[tokio::test]
async fn by_match_columns() {
    let service = service().await;
    for (tag, weight) in [("x", 1), ("x", 1), ("x", 2), ("y", 1), ("X", 1)] {
        prompt(&service, json!({"prompt": "p", "tag": tag, "weight": weight})).await;
    }
    let two = service.post("/prompts/delete-two", &json!({"tag": "x", "weight": 1})).await;
    assert_eq!(ok(&two), json!({"num_rows": 2}));
    assert_eq!(ok(&service.post("/prompts/delete-by-tag", &json!({"tag": "x"})).await), json!({"num_rows": 1}));
    assert_eq!(ok(&service.post("/prompts/delete-by-tag", &json!({"tag": "%"})).await), json!({"num_rows": 0}));
}

/// behaviour 8: an absent match column is not null: it is refused, and nothing is deleted
/// behaviour 8: an explicit null matches nulls where the column may be null
#[tokio::test]
async fn absent_is_not_null() {
    let service = service().await;
    for tag in [json!(null), json!(null), json!("x")] {
        prompt(&service, json!({"prompt": "p", "tag": tag})).await;
    }
    refused(&service.post("/prompts/delete-by-tag", &json!({})).await, "tag", "missing");
    refused(&service.post_bytes("/prompts/delete-by-tag", "", "").await, "tag", "missing");
    refused(&service.post("/prompts/delete-two", &json!({"tag": null})).await, "weight", "missing");
    assert_eq!(ok(&service.post("/prompts/delete-by-tag", &json!({"tag": null})).await), json!({"num_rows": 2}));
    refused(&service.post("/prompts/delete", &json!({"id": null})).await, "id", "null");
}

/// behaviour 8: a table without a primary key is deleted from by match columns
#[tokio::test]
async fn without_a_primary_key() {
    let service = service().await;
    for value in [json!(1), json!(1), json!(null)] {
        ok(&service.post("/readings", &json!({"sensor": "s", "value": value})).await);
    }
    assert_eq!(ok(&service.post("/readings/delete", &json!({"value": 1})).await), json!({"num_rows": 2}));
    refused(&service.post("/readings/delete", &json!({})).await, "value", "missing");
    assert_eq!(ok(&service.post("/readings/delete", &json!({"value": null})).await), json!({"num_rows": 1}));
}

/// guide: delete routes, "Delete routes use HTTP POST, not the HTTP DELETE method"
/// migration: gotchas, delete routes use POST with a JSON body
#[tokio::test]
async fn post_and_not_delete() {
    let service = service().await;
    let delete = Request::delete("/prompts/delete").body(axum::body::Body::empty()).expect("a request");
    problem(&service.send(delete).await, 405, "method_not_allowed");
}

/// behaviour 8: other fields than the match columns are refused, so that a misspelt one deletes nothing
#[tokio::test]
async fn other_fields() {
    let service = service().await;
    let id = prompt(&service, json!({"prompt": "p", "tag": "x"})).await;
    refused(&service.post("/prompts/delete", &json!({"id": id, "tag": "y"})).await, "tag", "unknown_field");
    refused(&service.post("/prompts/delete", &json!({"id": id.to_string()})).await, "id", "wrong_type");
    ok(&service.get(&format!("/prompts/lookup?id={id}")).await);
}
