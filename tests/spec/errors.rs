//! Failures: one shape for all of them, and nothing in it that is not the client's.

use axum::body::Body;
use axum::http::Request;
use pxt::testing::{Answer, Form, TestService};
use serde_json::json;

use crate::routes::LATE;
use crate::{ok, picture, problem, refused, schema, service};

/// What never stands in an answer: texts of errors and of SQL, the place of the data, and what Rust prints.
#[track_caller]
fn silent(service: &TestService, answer: &Answer) {
    let text = answer.text();
    let folder = service.folder().to_string_lossy().into_owned();
    let never = [
        "hunter2",
        "password",
        "INSERT",
        "SELECT",
        "UPDATE \"",
        "sqlite",
        "postgres",
        "UNIQUE",
        "constraint",
        "panicked at",
        ".rs",
        "src/",
        &folder,
    ];
    for word in never {
        assert!(!text.contains(word), "{word} is in {text}");
    }
}

/// behaviour 4: one shape for every failure of every layer, as `application/problem+json`, with a stable code
/// behaviour 20.2: one error shape
#[tokio::test]
async fn one_shape() {
    let service = service().await;
    let url = ok(&service.upload("/pictures", Form::new().file("image", "a.png", &picture(4, 4, [1; 3]))).await);
    let url = url["image"].as_str().expect("a URL").to_owned();
    ok(&service.post("/pairs", &json!({"left": "a", "right": 1, "value": 1})).await);
    let post = |path: &str, header: (&'static str, &str), body: String| {
        let request = Request::post(path).header("content-type", "application/json").header(header.0, header.1);
        service.send(request.body(Body::from(body)).expect("a request"))
    };
    let get = |path: &str, header: (&'static str, &str)| {
        service.send(Request::get(path).header(header.0, header.1).body(Body::empty()).expect("a request"))
    };
    let changed = json!({"left": "a", "right": 1, "value": 2}).to_string();
    let answers = [
        (service.post_bytes("/pairs", "application/json", "{").await, 400, "malformed_body"),
        (service.get("/numbers?from=%ff").await, 400, "malformed_request"),
        (service.get("/nowhere").await, 404, "not_found"),
        (service.get("/media/nowhere/x.png").await, 404, "not_found"),
        (service.post("/prompts/lookup", &json!({"id": 7})).await, 404, "row_not_found"),
        (service.post("/still", &json!({})).await, 415, "unsupported_media_type"),
        (service.get("/prompts").await, 405, "method_not_allowed"),
        (service.get("/number").await, 405, "method_not_allowed"),
        (service.post("/number", &json!({"from": 1})).await, 409, "several_rows"),
        (service.post("/pairs", &json!({"left": "a", "right": 1, "value": 1})).await, 409, "duplicate_key"),
        (post("/pairs/update", ("if-match", "\"7\""), changed).await, 412, "row_changed"),
        (post("/pairs", ("content-encoding", "gzip"), "x".to_owned()).await, 415, "unsupported_media_type"),
        (get(&url, ("range", "bytes=999999-")).await, 416, "range_not_satisfiable"),
        (service.post("/pairs", &json!({})).await, 422, "invalid_input"),
        (service.post("/trials", &json!({"name": "raises"})).await, 422, "function_failed"),
        (service.post("/trials", &json!({"name": "panics"})).await, 500, "function_panicked"),
        (service.post("/trials", &json!({"name": "hangs"})).await, 504, "function_timeout"),
        (service.post("/fails", &json!({"mode": ""})).await, 500, "query_failed"),
        (service.post("/fails", &json!({"mode": "panic"})).await, 500, "internal"),
    ];
    for (answer, status, code) in &answers {
        problem(answer, *status, code);
        silent(&service, answer);
    }
}

/// behaviour 4: every mistake of a request is named at once, by pointer in JSON and by name in forms
#[tokio::test]
async fn all_mistakes_at_once() {
    let service = service().await;
    let body = json!({"left": 5, "value": "x", "notes": 1, "next": 2});
    let json = problem(&service.post("/pairs", &body).await, 422, "invalid_input");
    let list = |body: &serde_json::Value, member: &str| {
        let errors = body["errors"].as_array().expect("a list").iter();
        let mut list: Vec<_> = errors.map(|error| format!("{} {}", error[member], error["code"])).collect();
        list.sort();
        list.join(", ").replace('"', "")
    };
    assert_eq!(
        list(&json, "pointer"),
        "#/left wrong_type, #/next unknown_field, #/notes unknown_field, #/right missing, #/value wrong_type"
    );
    let form = service.post_bytes("/pairs", "application/x-www-form-urlencoded", "right=x&value=&left=").await;
    let form = problem(&form, 422, "invalid_input");
    assert_eq!(list(&form, "parameter"), "right wrong_type, value wrong_type");
}

/// behaviour 4: no input is echoed, neither its values nor what surrounds them
/// behaviour 17.5: validation errors do not echo the input
#[tokio::test]
async fn no_echo() {
    let service = service().await;
    for body in [
        json!({"prompt": ["the password is hunter2"]}),
        json!({"prompt": {"password": "hunter2"}}),
        json!({"prompt": "hunter2\u{0}"}),
        json!({"prompt": "a", "tag": 5, "weight": "hunter2"}),
    ] {
        let answer = service.post("/prompts", &body).await;
        problem(&answer, 422, "invalid_input");
        silent(&service, &answer);
    }
    let row = json!({"left": "hunter2", "right": 1, "value": 1});
    ok(&service.post("/pairs", &row).await);
    silent(&service, &service.post("/pairs", &row).await);
    for body in ["{\"prompt\":\"hunter2\",,}", "{\"prompt\":hunter2}", "hunter2"] {
        let answer = service.post_bytes("/prompts", "application/json", body).await;
        problem(&answer, 400, "malformed_body");
        silent(&service, &answer);
    }
}

/// behaviour 4: a duplicate primary key is 409 and names the columns, without values and SQL
#[tokio::test]
async fn duplicate_keys() {
    let service = service().await;
    // Long enough not to stand in a request's id by chance.
    let row = json!({"left": "hunter2", "right": 41_075_520_396_i64, "value": 1});
    ok(&service.post("/pairs", &row).await);
    let answer = service.post("/pairs", &row).await;
    silent(&service, &answer);
    let body = problem(&answer, 409, "duplicate_key");
    assert_eq!(body["detail"], "a row with this `left` and `right` exists already");
    assert_eq!(body["errors"][0]["pointer"], "#/left");
    assert!(!answer.text().contains("41075520396"), "{}", answer.text());
}

/// behaviour 4: a function that raises tells its column and none of its text, unless that is meant for clients
/// behaviour 17.5: exception texts, row values and paths stay in the log
#[tokio::test]
async fn raising_functions() {
    let service = service().await;
    for (name, status, code) in [
        ("raises", 422, "function_failed"),
        ("panics", 500, "function_panicked"),
        ("hangs", 504, "function_timeout"),
        ("raises in public", 403, "function_failed"),
    ] {
        let answer = service.post("/trials", &json!({"name": name})).await;
        let body = problem(&answer, status, code);
        assert_eq!(body["errors"][0]["pointer"], "#/acted");
        silent(&service, &answer);
        assert_eq!(body["detail"] == "this one is under embargo", name == "raises in public", "{body}");
        assert!(body.get("stored").is_none(), "nothing is: {body}");
        // The row is not there, so its key is free.
        problem(&service.post("/trials", &json!({"name": name})).await, status, code);
    }
    let cut = Form::new().file("image", "a.png", &picture(64, 64, [3; 3])[..60]);
    silent(&service, &service.upload("/pictures", cut).await);
}

/// behaviour 20.1: a function whose value no database holds is 422, and stores nothing
#[tokio::test]
async fn values_that_no_database_holds() {
    let service = service().await;
    let answer = service.post("/prompts", &json!({"prompt": "no number"})).await;
    let body = problem(&answer, 422, "function_failed");
    assert_eq!(body["errors"][0]["pointer"], "#/score");
    let id = ok(&service.post("/prompts", &json!({"prompt": "a"})).await)["id"].clone();
    let update = service.post("/prompts/update", &json!({"id": id, "prompt": "no number"})).await;
    problem(&update, 422, "function_failed");
    assert_eq!(
        ok(&service.post("/prompts/lookup", &json!({"id": 1})).await)["prompt"],
        "a",
        "the first row, as it was"
    );
}

/// behaviour 4: a query that fails is a problem, too, and its public errors keep their words
#[tokio::test]
async fn failing_queries() {
    let service = service().await;
    let public = problem(&service.post("/fails", &json!({"mode": "public"})).await, 403, "function_error");
    assert_eq!(public["detail"], "these are under embargo");
    for mode in ["error", "panic"] {
        let answer = service.post("/fails", &json!({"mode": mode})).await;
        assert_eq!(answer.status, 500);
        silent(&service, &answer);
    }
}

/// behaviour 4: every answer carries the request's id, the client's own if it is plain
#[tokio::test]
async fn request_ids() {
    let service = service().await;
    let send = async |id: &str| {
        let request = Request::post("/prompts/short").header("x-request-id", id).body(Body::from("{}"));
        service.send(request.expect("a request")).await
    };
    assert_eq!(send("abc-1").await.header("x-request-id"), "abc-1");
    refused(&send("abc-1").await, "prompt", "missing");
    let odd = send("a b<script>").await;
    assert_ne!(odd.header("x-request-id"), "a b<script>");
    assert_ne!(odd.header("x-request-id"), send("").await.header("x-request-id"));
}

/// behaviour 16: a request that takes too long is 504, and what it began goes on
/// behaviour 20.10: a time limit by default
#[tokio::test]
async fn request_time_limit() {
    let hasty = |mut config: pxt::Config| {
        config.request_timeout = std::time::Duration::from_millis(50);
        config
    };
    let service = TestService::of(&schema::SCHEMA, hasty, crate::declare).await.expect("starts");
    let answer = service.post("/prompts", &json!({"prompt": "late"})).await;
    problem(&answer, 504, "request_timeout");
    problem(&service.get("/prompts/lookup?id=1").await, 404, "row_not_found");
    LATE.add_permits(1);
    while service.get("/prompts/lookup?id=1").await.status != 200 {
        tokio::task::yield_now().await;
    }
    let default = pxt::Config::default();
    assert!(default.request_timeout.as_secs() > 0 && default.max_body > 0 && default.max_rows > 0);
}
