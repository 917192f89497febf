//! Decorated routes: a function over the outputs makes the response.

use pxt::Table;
use pxt::testing::Form;
use serde_json::{Value, json};

use crate::schema::Trial;
use crate::{ok, picture, problem, prompt, refused, service};

/// router: insert_route, "registers a POST endpoint performing a Table.insert() followed by user-defined post-processing"
/// guide: decorators, the function's value is the response body
/// behaviour 9: the function gets the outputs after the write, and its value is the response
#[tokio::test]
async fn an_insert() {
    let service = service().await;
    let answer = service.post("/generate", &json!({"prompt": " abc "})).await;
    assert_eq!(ok(&answer), json!({"caption": "ABC", "score": 2.5}));
    let row = ok(&service.post("/prompts/lookup", &json!({"id": 1})).await);
    assert_eq!(row["prompt"], " abc ", "the row is stored as it was given");
}

/// router: update_route, "performing a Table.batch_update() followed by user-defined post-processing"
/// router: update_route, "Primary key columns are always part of the request body"
#[tokio::test]
async fn an_update() {
    let service = service().await;
    let id = prompt(&service, json!({"prompt": "ab", "tag": "kept"})).await;
    let answer = service.post("/revise", &json!({"id": id, "prompt": "new content"})).await;
    assert_eq!(ok(&answer), json!({"id": id, "summary": "NEW CONTENT", "score": 5.5}));
    assert_eq!(ok(&service.post("/prompts/lookup", &json!({"id": id})).await)["tag"], "kept");
    refused(&service.post("/revise", &json!({"prompt": "x"})).await, "id", "missing");
    refused(&service.post("/revise", &json!({"id": id, "tag": "x"})).await, "tag", "unknown_field");
    problem(&service.post("/revise", &json!({"id": 99, "prompt": "x"})).await, 404, "row_not_found");
}

/// behaviour 9: compute routes can be decorated
#[tokio::test]
async fn a_computation() {
    let service = service().await;
    assert_eq!(ok(&service.post("/preview", &json!({"prompt": "abc"})).await), json!("ABC"));
}

/// router: insert_route, media outputs "are delivered to the function as /media/ URL strings"
/// guide: decorators, "Media columns are delivered as URL strings"
/// behaviour 9: media arrive as URL strings, nullable ones as options
#[tokio::test]
async fn media_outputs() {
    let service = service().await;
    let form = Form::new().file("image", "a.png", &picture(16, 16, [1; 3])).text("tag", "t");
    let framed = ok(&service.upload("/frame", form).await);
    assert_eq!(framed["still"], Value::Null);
    for name in ["image", "thumbnail"] {
        let url = framed[name].as_str().expect("a URL");
        assert!(url.starts_with("/media/studio.pictures/"), "{url}");
        assert_eq!(service.get(url).await.status, 200);
    }
}

/// behaviour 9: arrays and bytes are allowed as outputs; a column that is never null may be taken as an option
#[tokio::test]
async fn outputs_of_other_types() {
    let service = service().await;
    let row = json!({
        "truth": true, "int": 7, "float": 1.5, "text": "t", "time": "2026-01-31T12:00:00Z", "day": "2026-01-31",
        "uuid": "0190b3a4-5c5e-7000-8000-0000000000ff", "tree": null, "tag": {"name": "n", "weight": 1}, "bytes": "aGk=",
        "vector": [1, 2, 3], "counts": [1, 2], "flags": [true, false],
    });
    assert_eq!(ok(&service.post("/kinds/sizes", &row).await), json!([2, 6.0, 7]));
}

/// behaviour 9: a function that fails after the commit says that the row is stored, and gives its key
/// behaviour 20.5: a 500 does not leave the client in the dark over a half-done write
#[tokio::test]
async fn failing_after_the_commit() {
    let service = service().await;
    for (name, status, code) in [
        ("responds in public", 418, "function_error"),
        ("responds with an error", 500, "response_failed"),
        ("responds with a panic", 500, "response_failed"),
    ] {
        let answer = service.post("/trials", &json!({"name": name})).await;
        let body = problem(&answer, status, code);
        assert_eq!((&body["stored"], &body["key"]), (&json!(true), &json!({"name": name})));
        assert!(!answer.text().contains("hunter2"), "{}", answer.text());
        assert!(Trial::get(&service.app, name.to_owned()).await.expect("reads").is_some());
        problem(&service.post("/trials", &json!({"name": name})).await, 409, "duplicate_key");
    }
}
