//! HTTP itself: methods, encodings, compression, the same fields by JSON, form and query string.

use axum::body::Body;
use axum::http::Request;
use pxt::testing::{Answer, TestService};
use pxt::{Insert, Method, Query, Routes, retrieval};
use serde_json::json;

use crate::schema::SCHEMA;
use crate::uploads::form;
use crate::{fields, problem};

/// Pairs, found by GET and by POST on one path.
async fn service() -> TestService {
    let declare = |routes: Routes| {
        let by_key = || retrieval("pairs", ["left", "right"]);
        routes
            .add_query_route(by_key(), Query::at("/find").method(Method::Get).one_row(true))
            .add_query_route(by_key(), Query::at("/find").one_row(true))
    };
    let service = TestService::of(&SCHEMA, |config| config, declare).await.expect("the routes are right");
    let note = "long ".repeat(1000);
    let stored = service.post("/pair", &json!({"left": "a b+c/ü", "right": 1, "value": 1, "note": note})).await;
    assert_eq!(stored.status, 200, "{}", stored.text());
    service
}

const FOUND: &str = "/find?left=a+b%2Bc%2F%C3%BC&right=1";

async fn send(service: &TestService, method: &str, path: &str, header: (&'static str, &str)) -> Answer {
    let request = Request::builder().method(method).uri(path).header(header.0, header.1);
    service.send(request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn one_row_by_query_string_form_and_json() {
    let service = service().await;
    let by_query = service.get(FOUND).await;
    assert_eq!((by_query.status.as_u16(), by_query.json()["value"].as_i64()), (200, Some(1)), "{}", by_query.text());
    let by_json = service.post("/find", &json!({"left": "a b+c/ü", "right": 1})).await;
    let form = "left=a%20b%2bc/%c3%bc&right=1";
    let by_form = service.post_bytes("/find", "application/x-www-form-urlencoded", form).await;
    assert_eq!((by_json.json(), by_form.json()), (by_query.json(), by_query.json()));
}

#[tokio::test]
async fn mistakes_in_a_query_string_are_named() {
    let service = service().await;
    let body = problem(&service.get("/find?left=a&right=x&rigth=1").await, 422, "invalid_input");
    let named: Vec<_> = body["errors"].as_array().expect("a list").iter().map(|e| e["parameter"].clone()).collect();
    assert_eq!(named, ["right", "rigth"]);
    assert!(body["errors"][1]["detail"].as_str().is_some_and(|text| text.contains("did you mean `right`?")), "{body}");
    let twice = problem(&service.get("/find?left=a&right=1&right=2").await, 422, "invalid_input");
    assert_eq!(fields(&twice, &["right"]), ["repeated"]);
    problem(&service.get("/find").await, 422, "invalid_input");
    problem(&service.get("/find?left=%ff&right=1").await, 400, "malformed_request");
    problem(&service.get("/find?left=a%00b&right=1").await, 422, "invalid_input");
    problem(&service.get("/find?left=nobody&right=1").await, 404, "row_not_found");
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let service = service().await;
    let get = service.get(FOUND).await;
    let head = send(&service, "HEAD", FOUND, ("accept", "*/*")).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), get.body.len().to_string());
    assert_eq!(head.header("content-type"), "application/json");
    assert_eq!(send(&service, "HEAD", "/find?left=nobody&right=1", ("accept", "*/*")).await.status, 404);
    let options = send(&service, "OPTIONS", "/find", ("accept", "*/*")).await;
    assert_eq!((options.status.as_u16(), options.header("allow")), (204, "GET,HEAD,POST,OPTIONS"));
    let put = send(&service, "PUT", "/find", ("accept", "*/*")).await;
    problem(&put, 405, "method_not_allowed");
    assert!(put.text().contains("does not take PUT: send GET or POST"), "{put:?}");
    assert_eq!(put.header("allow"), "GET,HEAD,POST,OPTIONS");
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_ask() {
    let service = service().await;
    let plain = service.get(FOUND).await;
    assert_eq!(plain.header("content-encoding"), "");
    for coding in ["gzip", "br"] {
        let packed = send(&service, "GET", FOUND, ("accept-encoding", coding)).await;
        assert_eq!((packed.status.as_u16(), packed.header("content-encoding")), (200, coding));
        assert!(packed.header("vary").eq_ignore_ascii_case("accept-encoding"), "{:?}", packed.headers);
        assert!(packed.body.len() * 10 < plain.body.len(), "{} of {}", packed.body.len(), plain.body.len());
    }
    let refused = send(&service, "GET", FOUND, ("accept-encoding", "gzip;q=0")).await;
    assert_eq!(refused.body, plain.body);
    let small = send(&service, "GET", "/find?left=nobody&right=1", ("accept-encoding", "gzip")).await;
    problem(&small, 404, "row_not_found");
    let described = send(&service, "GET", "/openapi.json", ("accept-encoding", "gzip")).await;
    assert_eq!((described.status.as_u16(), described.header("content-encoding")), (200, "gzip"));
}

/// RFC 9110, section 12.5.3: what is done is not answered as if it were not, nor a failure as another one.
#[tokio::test]
async fn who_takes_no_coding_gets_what_there_is() {
    let service = service().await;
    let plain = service.get(FOUND).await;
    let found = send(&service, "GET", FOUND, ("accept-encoding", "identity;q=0")).await;
    assert_eq!((found.status.as_u16(), found.body), (200, plain.body));
    for path in ["/find?left=nobody&right=1", "/nowhere", "/media/pairs/x"] {
        assert_eq!(send(&service, "GET", path, ("accept-encoding", "*;q=0")).await.status, 404, "{path}");
    }
}

/// Routes of every kind, a file, the jobs, the documentation, and what nothing serves: one layer stands around them all.
#[tokio::test]
async fn every_answer_has_an_id_and_every_failure_one_shape() {
    let declare =
        |routes: Routes| routes.add_query_route(retrieval("pairs", ["left"]), Query::at("/later").background(true));
    let service = TestService::of(&SCHEMA, |config| config, declare).await.expect("the routes are right");
    let url = service.upload("/posters", form("x")).await.json()["image"].as_str().expect("a URL").to_owned();
    let job = service.post("/later", &json!({"left": "a"})).await.json()["job_url"].as_str().expect("a URL").to_owned();
    let events = format!("{job}/events");
    let missing = "/jobs/00000000-0000-7000-8000-000000000000";
    for (method, path, status) in [
        ("POST", "/pair", 422),
        ("POST", "/later", 422),
        ("POST", "/p%61ir", 422),
        ("OPTIONS", "/pair", 204),
        ("GET", "/pair", 405),
        ("GET", url.as_str(), 200),
        ("HEAD", &url, 200),
        ("OPTIONS", &url, 204),
        ("POST", &url, 405),
        ("GET", "/media/films.posters/x", 404),
        ("GET", "/jobs", 200),
        ("GET", "/jobs?limit=x", 422),
        ("POST", "/jobs", 405),
        ("GET", &job, 200),
        ("OPTIONS", &job, 204),
        ("POST", &job, 405),
        ("GET", missing, 404),
        ("GET", &events, 200),
        ("DELETE", &events, 405),
        ("GET", "/openapi.json", 200),
        ("OPTIONS", "/openapi.json", 204),
        ("PUT", "/openapi.json", 405),
        ("GET", "/docs", 200),
        ("GET", "/docs/page.js", 200),
        ("OPTIONS", "/docs", 204),
        ("DELETE", "/docs", 405),
        ("GET", "/nowhere", 404),
        ("OPTIONS", "/nowhere", 404),
        ("TRACE", "/nowhere", 404),
    ] {
        let answer = send(&service, method, path, ("x-request-id", "mine")).await;
        assert_eq!((answer.status.as_u16(), answer.header("x-request-id")), (status, "mine"), "{method} {path}");
        if status >= 400 {
            let code = answer.json()["type"].as_str().unwrap_or_default().to_owned();
            assert_eq!(problem(&answer, status, &code)["request_id"], "mine", "{method} {path}");
        }
        assert_eq!(answer.header("allow").is_empty(), !matches!(status, 204 | 405), "{method} {path}");
        let fresh = send(&service, method, path, ("accept", "*/*")).await;
        assert_eq!(fresh.header("x-request-id").len(), 32, "{method} {path}");
    }
}

#[tokio::test]
async fn compressed_requests_are_refused() {
    let service = service().await;
    let request = Request::post("/find").header("content-type", "application/json").header("content-encoding", "gzip");
    let answer = service.send(request.body(Body::from("x")).expect("a request")).await;
    problem(&answer, 415, "unsupported_media_type");
}

#[tokio::test]
async fn the_address_alone_says_what_this_is() {
    let service =
        TestService::of(&SCHEMA, |config| config, |routes| routes.title("Films & more")).await.expect("starts");
    let answer = service.get("/").await;
    assert_eq!(
        answer.json(),
        json!({"name": "Films & more", "version": "1.0.0", "docs": "docs", "openapi": "openapi.json"})
    );
    let request = Request::get("/").header("accept", "text/html,*/*;q=0.8").body(Body::empty()).expect("a request");
    let page = service.send(request).await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(
        page.text().contains("<title>Films &amp; more</title>") && page.text().contains("href=\"docs\""),
        "{}",
        page.text()
    );
    let silent = TestService::of(&SCHEMA, |config| config, Routes::without_docs).await.expect("starts");
    assert_eq!(silent.get("/").await.json(), json!({"name": "pxt", "version": "1.0.0"}));
    // A route that is there stands above it.
    let own = |routes: Routes| routes.without_attribute_routes().add_insert_route("pairs", Insert::at("/"));
    let own = TestService::of(&SCHEMA, |config| config, own).await.expect("starts");
    problem(&own.get("/").await, 405, "method_not_allowed");
}
