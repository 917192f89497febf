//! Update routes.

use axum::body::Body;
use axum::http::Request;
use pxt::testing::Form;
use serde_json::{Value, json};

use crate::routes::{CAPITALS, COUNTED};
use crate::{ok, picture, problem, prompt, refused, service};

/// router: add_update_route, "updates a single row in t and returns the updated row"
/// router: add_update_route, the body has the primary key and the inputs
/// router: add_update_route, outputs "Defaults to all columns (including inputs)"
/// guide: update routes, computed columns that depend on an updated column "are automatically recomputed and appear in the response"
/// behaviour 7: computed columns that depend on the inputs are recomputed
#[tokio::test]
async fn a_row_is_updated() {
    let service = service().await;
    let id = prompt(&service, json!({"prompt": "ab", "tag": "t", "weight": 2})).await;
    let answer = service.post("/prompts/update", &json!({"id": id, "prompt": "abcd"})).await;
    let row = json!({"id": id, "prompt": "abcd", "tag": "t", "weight": 2, "result": "ABCD", "score": 4.0});
    assert_eq!(ok(&answer), row);
    assert_eq!(ok(&service.post("/prompts/lookup", &json!({"id": id})).await), row, "and is what is read");
}

/// behaviour 7: what is not named stays as it is, also when it is nullable; null sets null
/// behaviour 17.8: an update destroys nothing by omission
/// behaviour 20.4: a partial update that tells absent from null
#[tokio::test]
async fn absent_is_not_null() {
    let service = service().await;
    let id = prompt(&service, json!({"prompt": "ab", "tag": "kept"})).await;
    assert_eq!(ok(&service.post("/prompts/update", &json!({"id": id, "prompt": "x"})).await)["tag"], "kept");
    let cleared = ok(&service.post("/prompts/update", &json!({"id": id, "tag": null})).await);
    assert_eq!((&cleared["tag"], &cleared["prompt"]), (&Value::Null, &json!("x")));
    assert_eq!(ok(&service.post("/prompts/update", &json!({"id": id, "tag": ""})).await)["tag"], "");
    refused(&service.post("/prompts/update", &json!({"id": id, "prompt": null})).await, "prompt", "null");
}

/// behaviour 7: only what follows from the change is computed anew
#[tokio::test]
async fn only_what_follows_is_computed() {
    let service = service().await;
    let unique = "computed once";
    let id = prompt(&service, json!({"prompt": unique})).await;
    let row = ok(&service.post("/prompts/all", &json!({"id": id, "weight": 4})).await);
    assert_eq!(row["score"], 26.0);
    ok(&service.post("/prompts/all", &json!({"id": id, "tag": "x"})).await);
    let ran = CAPITALS.lock().expect("no holder panics").iter().filter(|prompt| *prompt == unique).count();
    assert_eq!(ran, 1);
}

/// router: add_update_route, the key "must be included in the request body"
/// guide: update routes, "PK columns are always in the request body"
/// behaviour 1: a primary key may be several columns
#[tokio::test]
async fn the_key_is_needed_whole() {
    let service = service().await;
    ok(&service.post("/pairs", &json!({"left": "a", "right": 1, "value": 1})).await);
    refused(&service.post("/pairs/update", &json!({"left": "a", "value": 2})).await, "right", "missing");
    refused(&service.post("/pairs/update", &json!({"left": null, "right": 1, "value": 2})).await, "left", "null");
    refused(
        &service.post("/pairs/update", &json!({"left": "a", "right": "1", "value": 2})).await,
        "right",
        "wrong_type",
    );
    assert_eq!(ok(&service.post("/pairs/update", &json!({"left": "a", "right": 1, "value": 2})).await)["next"], 3);
}

/// guide: update routes, "If the identified row does not exist, the endpoint returns HTTP 404"
/// behaviour 7: 404 when the row does not exist; no upsert
#[tokio::test]
async fn no_such_row() {
    let service = service().await;
    problem(&service.post("/prompts/update", &json!({"id": 1, "prompt": "x"})).await, 404, "row_not_found");
    problem(&service.post("/prompts/update", &json!({"id": i64::MIN, "prompt": "x"})).await, 404, "row_not_found");
    assert_eq!(prompt(&service, json!({"prompt": "first"})).await, 1);
}

/// router: update_route, 404 "without calling the decorated function"
#[tokio::test]
async fn no_such_row_calls_nothing() {
    use std::sync::atomic::Ordering;
    let service = service().await;
    let change = json!({"left": "a", "right": 1, "value": 2});
    problem(&service.post("/pairs/counted", &change).await, 404, "row_not_found");
    assert_eq!(COUNTED.load(Ordering::SeqCst), 0);
    ok(&service.post("/pairs", &json!({"left": "a", "right": 1, "value": 1})).await);
    assert_eq!(ok(&service.post("/pairs/counted", &change).await), json!(3));
    assert_eq!(COUNTED.load(Ordering::SeqCst), 1);
}

/// router: add_update_route, inputs "Defaults to all non-computed, non-primary-key, non-media columns"
/// guide: update routes, "Media-typed columns cannot currently be updated"
/// behaviour 7: media columns are no inputs
#[tokio::test]
async fn inputs_default_to_what_can_change() {
    let service = service().await;
    let form = Form::new().file("image", "a.png", &picture(8, 8, [1; 3]));
    let row = ok(&service.upload("/pictures", form).await);
    let id = &row["id"];
    for column in ["image", "still", "resized", "thumbnail"] {
        let change = json!({"id": id, "tag": "x", column: row["image"]});
        refused(&service.post("/pictures/update", &change).await, column, "unknown_field");
    }
    let changed = ok(&service.post("/pictures/update", &json!({"id": id, "width": 3, "tag": "x"})).await);
    assert_eq!((&changed["width"], &changed["tag"], &changed["image"]), (&json!(3), &json!("x"), &row["image"]));
    assert_ne!(changed["resized"], row["resized"], "follows from the width");
    assert_eq!(changed["thumbnail"], row["thumbnail"], "does not");
}

/// router: add_update_route, `inputs` is what may change
#[tokio::test]
async fn listed_inputs() {
    let service = service().await;
    let id = prompt(&service, json!({"prompt": "ab"})).await;
    refused(&service.post("/prompts/update", &json!({"id": id, "weight": 5})).await, "weight", "unknown_field");
    refused(&service.post("/prompts/update", &json!({"id": id, "result": "x"})).await, "result", "unknown_field");
}

/// behaviour 8: an update that names nothing to change is refused, and not answered as if it had done something
#[tokio::test]
async fn nothing_to_change() {
    let service = service().await;
    let id = prompt(&service, json!({"prompt": "ab"})).await;
    let body = problem(&service.post("/prompts/update", &json!({"id": id})).await, 422, "invalid_input");
    assert!(body["errors"][0]["detail"].as_str().is_some_and(|text| text.contains("`prompt`, `tag`")), "{body}");
}

/// router: add_update_route, `return_fileresponse` answers with "the single media-typed output column"
/// guide: update routes, `return_fileresponse`
#[tokio::test]
async fn a_file_as_the_answer() {
    let service = service().await;
    let form = Form::new().file("image", "a.png", &picture(64, 64, [1; 3]));
    let id = ok(&service.upload("/pictures", form).await)["id"].clone();
    let answer = service.post("/pictures/rescale", &json!({"id": id, "width": 7})).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "image/png"), "{}", answer.text());
    let scaled = image::load_from_memory(&answer.body).expect("a picture");
    assert_eq!((scaled.width(), scaled.height()), (7, 16));
}

/// behaviour 7: optimistic concurrency by `ETag` and `If-Match`, for clients that want it
/// behaviour 20.4: optional If-Match
#[tokio::test]
async fn versions() {
    let service = service().await;
    let stored = service.post("/prompts", &json!({"prompt": "a"})).await;
    let (id, first) = (stored.json()["id"].clone(), stored.header("etag").to_owned());
    let update = |tag: &str, text: &str| {
        let request =
            Request::post("/prompts/update").header("content-type", "application/json").header("if-match", tag);
        service.send(request.body(Body::from(json!({"id": id, "prompt": text}).to_string())).expect("a request"))
    };
    let second = update(&first, "b").await;
    assert_eq!(ok(&second)["prompt"], "b");
    problem(&update(&first, "c").await, 412, "row_changed");
    assert_eq!(ok(&update(second.header("etag"), "d").await)["prompt"], "d");
    assert_eq!(ok(&service.post("/prompts/update", &json!({"id": id, "prompt": "e"})).await)["prompt"], "e");
}
