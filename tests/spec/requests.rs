//! Bodies, query strings, methods and paths, whatever the route.

use axum::body::Body;
use axum::http::Request;
use pxt::testing::{Answer, TestService};
use serde_json::json;

use crate::{ok, problem, prompt, refused, schema, service};

async fn raw(service: &TestService, path: &str, body: impl Into<bytes::Bytes>) -> Answer {
    service.post_bytes(path, "application/json", body).await
}

async fn send(service: &TestService, method: &str, path: &str) -> Answer {
    service.send(Request::builder().method(method).uri(path).body(Body::empty()).expect("a request")).await
}

/// behaviour 3: every input is a key of one object, also when there is only one
#[tokio::test]
async fn one_input_is_still_an_object() {
    let service = service().await;
    assert_eq!(ok(&service.post("/prompts/compute", &json!({"prompt": "a"})).await), json!({"result": "A"}));
    for body in ["\"a\"", "[\"a\"]", "null", "5", "true", "[{\"prompt\":\"a\"}]"] {
        problem(&raw(&service, "/prompts/compute", body).await, 422, "invalid_input");
    }
}

/// behaviour 3: a body that is empty, or no object, says so and does not list every field as missing
#[tokio::test]
async fn bodies_that_are_no_object() {
    let service = service().await;
    let body = problem(&raw(&service, "/pairs", "[]").await, 422, "invalid_input");
    assert_eq!(
        body["errors"],
        json!([{"pointer": "#", "detail": "the body must be a JSON object", "code": "wrong_type"}])
    );
    problem(&raw(&service, "/pairs", "").await, 400, "malformed_body");
    problem(&raw(&service, "/pairs", " \n").await, 400, "malformed_body");
}

/// behaviour 3: unknown keys are refused and not ignored, with the name that may have been meant
/// behaviour 3: a computed column in the body is refused, since a client that sends one should be told
#[tokio::test]
async fn unknown_keys() {
    let service = service().await;
    let misspelt = service.post("/prompts/short", &json!({"prompt": "a", "promt": "b"})).await;
    refused(&misspelt, "promt", "unknown_field");
    assert!(misspelt.text().contains("did you mean `prompt`?"), "{}", misspelt.text());
    refused(
        &service.post("/prompts/short", &json!({"prompt": "a", "result": "forged"})).await,
        "result",
        "unknown_field",
    );
    refused(&service.post("/prompts/short", &json!({"prompt": "a", "tag": "x"})).await, "tag", "unknown_field");
    refused(&service.post("/prompts", &json!({"prompt": "a", "id": 7})).await, "id", "unknown_field");
    refused(&service.get("/numbers?from=1&to=2").await, "to", "unknown_field");
}

/// behaviour 3: a key that stands in the body twice is refused, known or not, and not taken from its last place
#[tokio::test]
async fn repeated_keys() {
    let service = service().await;
    for body in
        [r#"{"prompt":"a","prompt":"b"}"#, r#"{"prompt":"a","x":1,"x":1}"#, r#"{"prompt":"a","pr\u006fmpt":"b"}"#]
    {
        let body = problem(&raw(&service, "/prompts/short", body).await, 400, "malformed_body");
        assert_eq!(body["errors"][0]["code"], "repeated", "{body}");
    }
    refused(&service.get("/numbers?from=1&from=2").await, "from", "repeated");
    let twice = service.post_bytes("/prompts/short", "application/x-www-form-urlencoded", "prompt=a&prompt=b").await;
    refused(&twice, "prompt", "repeated");
}

/// behaviour 3: malformed JSON and invalid UTF-8 are unreadable: 400, with the field at which reading ended
#[tokio::test]
async fn unreadable_bodies() {
    let service = service().await;
    let bodies: [&[u8]; 9] = [
        b"{",
        b"{\"prompt\":",
        b"{\"prompt\":\"a\"",
        b"{\"prompt\":\"a\"}}",
        b"{\"prompt\":\"a\",}",
        b"{prompt:\"a\"}",
        b"{\"prompt\":\"\xff\"}",
        b"\xef\xbb\xbf{\"prompt\":\"a\"}",
        b"{\"prompt\":'a'}",
    ];
    for body in bodies {
        problem(&raw(&service, "/prompts/short", body.to_vec()).await, 400, "malformed_body");
    }
    let broken = problem(&raw(&service, "/prompts/short", "{\"prompt\":nul}").await, 400, "malformed_body");
    assert_eq!(broken["errors"][0]["pointer"], "#/prompt");
}

/// behaviour 3: JSON nested 100,000 deep is refused, wherever it stands
#[tokio::test]
async fn deep_nesting() {
    let service = service().await;
    let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
    let objects = format!("{}1{}", "{\"prompt\":".repeat(100_000), "}".repeat(100_000));
    for (body, status) in [
        (format!("{open}{close}"), 422),
        (open.clone(), 400),
        (objects, 422),
        (format!("{{\"prompt\":{open}{close}}}"), 422),
        (format!("{{\"prompt\":\"a\",\"unknown\":{open}{close}}}"), 422),
        (format!("{{\"prompt\":\"a\",\"unknown\":{open}}}"), 400),
    ] {
        let answer = raw(&service, "/prompts/short", body).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
}

/// behaviour 3: a body has a largest size, announced or not
/// behaviour 20.10: limits by default
#[tokio::test]
async fn body_limit() {
    let limited = |mut config: pxt::Config| {
        config.max_body = 1000;
        config
    };
    let service = TestService::of(&schema::SCHEMA, limited, crate::declare).await.expect("starts");
    let body = json!({"prompt": "x".repeat(2000)});
    problem(&service.post("/prompts/short", &body).await, 413, "body_too_large");
    let form = format!("prompt={}", "x".repeat(2000));
    problem(
        &service.post_bytes("/prompts/short", "application/x-www-form-urlencoded", form).await,
        413,
        "body_too_large",
    );
    ok(&service.post("/prompts/short", &json!({"prompt": "x".repeat(500)})).await);
}

/// behaviour 3: a missing field and a null field are told apart
#[tokio::test]
async fn missing_is_not_null() {
    let service = service().await;
    refused(&service.post("/pairs", &json!({"left": "a", "right": 1})).await, "value", "missing");
    refused(&service.post("/pairs", &json!({"left": "a", "right": 1, "value": null})).await, "value", "null");
    refused(&service.get("/numbers").await, "from", "missing");
}

/// guide: quickstart, `curl -d '{…}'` without a content type of its own
/// router: add_insert_route, `curl … -d '{"prompt": "hello"}'`
#[tokio::test]
async fn bare_curl() {
    let service = service().await;
    let bare =
        service.post_bytes("/prompts/short", "application/x-www-form-urlencoded", r#"{"prompt": "hello"}"#).await;
    assert_eq!(ok(&bare), json!({"prompt": "hello", "result": "HELLO"}));
}

/// behaviour 3: JSON under another type is 415 and not a list of missing fields
#[tokio::test]
async fn other_content_types() {
    let service = service().await;
    for ty in [
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "text/json",
        "application/json; charset=utf-16",
    ] {
        problem(&service.post_bytes("/prompts/short", ty, r#"{"prompt": "a"}"#).await, 415, "unsupported_media_type");
    }
    for ty in ["application/json; charset=UTF-8", "application/ld+json", "APPLICATION/JSON"] {
        ok(&service.post_bytes("/prompts/short", ty, r#"{"prompt": "a"}"#).await);
    }
}

/// behaviour 3: a wrong method is 405 with `Allow`; HEAD and OPTIONS are answered
#[tokio::test]
async fn methods() {
    let service = service().await;
    for (method, path, allow) in [
        ("GET", "/prompts", "POST,OPTIONS"),
        ("DELETE", "/prompts/delete", "POST,OPTIONS"),
        ("POST", "/numbers", "GET,HEAD,OPTIONS"),
        ("PATCH", "/prompts/lookup", "GET,HEAD,POST,OPTIONS"),
    ] {
        let answer = send(&service, method, path).await;
        problem(&answer, 405, "method_not_allowed");
        assert_eq!(answer.header("allow"), allow, "{method} {path}");
        let options = send(&service, "OPTIONS", path).await;
        assert_eq!((options.status.as_u16(), options.header("allow")), (204, allow));
    }
    let (head, get) = (send(&service, "HEAD", "/numbers?from=1").await, service.get("/numbers?from=1").await);
    assert_eq!((head.status, head.body.len()), (get.status, 0));
    assert_eq!(head.header("content-length"), get.body.len().to_string());
}

/// behaviour 3: a trailing slash is another path, and is not redirected
#[tokio::test]
async fn trailing_slash() {
    let service = service().await;
    let body = problem(&service.post("/prompts/short/", &json!({"prompt": "a"})).await, 404, "not_found");
    assert!(body["detail"].as_str().is_some_and(|text| text.contains("did you mean `/prompts/short`?")), "{body}");
}

/// behaviour 3: GET routes take the query string: its escapes, `+`, and nothing of a body
#[tokio::test]
async fn query_strings() {
    let service = service().await;
    let id = prompt(&service, json!({"prompt": "a"})).await;
    assert_eq!(ok(&service.get(&format!("/prompts/lookup?%69d={id}")).await)["id"], id);
    problem(&service.get("/prompts/lookup?id=%ff").await, 400, "malformed_request");
    refused(&service.get("/prompts/lookup?id=").await, "id", "wrong_type");
    refused(&service.get("/prompts/lookup?id=1%00").await, "id", "wrong_type");
    let body = Request::get("/prompts/lookup").header("content-type", "application/json");
    let body = body.body(Body::from(json!({"id": id}).to_string())).expect("a request");
    refused(&service.send(body).await, "id", "missing");
    let many: Vec<_> = (0..2000).map(|n| format!("f{n}=1")).collect();
    problem(&service.get(&format!("/numbers?from=1&{}", many.join("&"))).await, 413, "body_too_large");
}

/// behaviour 10: a page's query string has one cursor, and an answer without pages has none
#[tokio::test]
async fn cursors() {
    let service = service().await;
    refused(&service.get("/numbers?from=1&cursor=a").await, "cursor", "bad_cursor");
    refused(&service.get("/prompts/lookup?id=1&cursor=a").await, "cursor", "unknown_field");
    refused(&service.get("/numbers?from=1&cursor=a&cursor=b").await, "cursor", "repeated");
}
