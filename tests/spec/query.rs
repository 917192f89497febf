//! Query routes.

use axum::body::Body;
use axum::http::Request;
use pxt::testing::{Form, TestService};
use pxt::{Method, Query, Routes, retrieval};
use serde_json::{Value, json};

use crate::{ok, picture, problem, prompt, refused, schema, service};

async fn three(service: &TestService) {
    for text in ["hello world", "b", "c"] {
        prompt(service, json!({"prompt": text, "tag": if text == "c" { "two" } else { "one" }})).await;
    }
}

/// router: add_query_route, "returns {"rows": [{...}, ...]}"
/// guide: query routes, the multi-row response
/// migration: gotchas, query responses are wrapped in `{"rows": […]}`
/// behaviour 10: `{"rows":[...]}`
#[tokio::test]
async fn rows() {
    let service = service().await;
    three(&service).await;
    let answer = ok(&service.post("/chosen", &json!({"ids": [1, 9, 3]})).await);
    let wanted = json!([{"id": 1, "prompt": "hello world", "score": 5.5}, {"id": 3, "prompt": "c", "score": 0.5}]);
    assert_eq!(answer, json!({"rows": wanted}));
    assert_eq!(ok(&service.post("/chosen", &json!({"ids": []})).await), json!({"rows": []}));
}

/// router: add_query_route, "By default the endpoint accepts POST requests with a JSON Body"
/// migration: gotchas, query routes default to POST
/// behaviour 10: POST JSON by default, GET by `method`
#[tokio::test]
async fn post_by_default() {
    let service = service().await;
    problem(&service.get("/chosen?ids=[1]").await, 405, "method_not_allowed");
    problem(&service.post("/numbers", &json!({"from": 1})).await, 405, "method_not_allowed");
}

/// router: add_query_route, "Use method='get' for Query parameters instead"
/// guide: query routes, single-row lookup by GET
#[tokio::test]
async fn get() {
    let service = service().await;
    three(&service).await;
    let row = ok(&service.get("/prompts/lookup?id=2").await);
    assert_eq!((&row["prompt"], &row["result"]), (&json!("b"), &json!("B")));
    assert_eq!(ok(&service.post("/prompts/lookup", &json!({"id": 2})).await), row, "the same row by POST");
}

/// migration: gotchas, a list without parameters by `method="get"`
#[tokio::test]
async fn a_list_without_parameters() {
    let service = service().await;
    assert_eq!(ok(&service.get("/colors").await), json!(["red", "green"]));
    refused(&service.get("/colors?x=1").await, "x", "unknown_field");
}

/// router: add_query_route, one_row: "0 rows produces a 404, >1 rows a 409"
/// guide: query routes, one_row is "404 on 0, 409 on >1"
/// behaviour 10: `one_row` is the bare object
#[tokio::test]
async fn one_row() {
    let service = service().await;
    three(&service).await;
    assert_eq!(ok(&service.post("/prompts/the-tagged", &json!({"tag": "two"})).await)["prompt"], "c");
    problem(&service.post("/prompts/the-tagged", &json!({"tag": "none"})).await, 404, "row_not_found");
    problem(&service.post("/prompts/the-tagged", &json!({"tag": "one"})).await, 409, "several_rows");
    problem(&service.get("/prompts/lookup?id=9").await, 404, "row_not_found");
    assert_eq!(ok(&service.post("/number", &json!({"from": 5, "count": 1})).await), json!(5));
    problem(&service.post("/number", &json!({"from": 5, "count": 0})).await, 404, "row_not_found");
    problem(&service.post("/number", &json!({"from": 5, "count": 2})).await, 409, "several_rows");
}

/// behaviour 10: scalar queries answer with a JSON array of values, or the bare value with `one_row`
#[tokio::test]
async fn scalars() {
    let service = service().await;
    assert_eq!(ok(&service.get("/numbers?from=5").await), json!([5, 6, 7]));
    assert_eq!(ok(&service.get("/numbers?from=5&count=0").await), json!([]));
    assert_eq!(ok(&service.post("/number", &json!({"from": 5, "count": 1})).await), json!(5));
}

/// behaviour 10: parameters have defaults, and one that is left out takes its own
#[tokio::test]
async fn defaults() {
    let service = service().await;
    assert_eq!(ok(&service.get("/numbers?from=1").await), json!([1, 2, 3]));
    assert_eq!(ok(&service.get("/numbers?from=1&count=1").await), json!([1]));
    refused(&service.get("/numbers?count=1").await, "from", "missing");
}

/// router: add_query_route, inputs are "Parameters to accept as request fields. Defaults to all query parameters"
/// behaviour 10: `inputs` restricts the parameters; the others take their defaults
#[tokio::test]
async fn listed_inputs() {
    let service = service().await;
    assert_eq!(ok(&service.post("/three", &json!({"from": 1})).await), json!([1, 2, 3]));
    refused(&service.post("/three", &json!({"from": 1, "count": 9})).await, "count", "unknown_field");
}

/// router: add_query_route, uploadfile_inputs are "Parameters to accept as UploadFile fields"
/// guide: query routes, parameters as file uploads
#[tokio::test]
async fn uploads() {
    let service = service().await;
    let form = || Form::new().file("image", "a.png", &picture(30, 20, [1; 3]));
    let size = ok(&service.upload("/size", form().text("label", "photo")).await);
    assert_eq!(size, json!({"label": "photo", "width": 30, "height": 20}));
    assert_eq!(ok(&service.upload("/size", form()).await)["label"], "picture");
    refused(&service.upload("/size", Form::new().text("label", "x")).await, "image", "missing");
    refused(&service.upload("/size", Form::new().file("image", "a.png", b"text")).await, "image", "bad_media");
    assert_eq!(crate::files(&service), 0, "nothing is kept of a query's uploads");
}

/// router: add_query_route, return_fileresponse "Requires one_row semantics (0 rows -> 404, >1 rows -> 409)"
/// guide: query routes, "Return the single media-typed result as a raw file"
/// behaviour 10: a null file is 404 and no 500
#[tokio::test]
async fn a_file_as_the_answer() {
    let service = service().await;
    let rows = [("a", "one", Some("first")), ("b", "two", Some("second")), ("c", "two", None), ("d", "none", None)];
    for (name, shelf, text) in rows {
        let form = Form::new().text("name", name).text("shelf", shelf);
        let form = text.into_iter().fold(form, |form, text| form.file("file", "x.txt", text.as_bytes()));
        ok(&service.upload("/papers", form).await);
    }
    let file = service.post("/papers/file", &json!({"name": "a"})).await;
    assert_eq!((file.status.as_u16(), &file.body[..]), (200, &b"first"[..]));
    assert_eq!(file.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(service.get("/papers/of-shelf?shelf=one").await.body, file.body);
    problem(&service.post("/papers/file", &json!({"name": "x"})).await, 404, "row_not_found");
    problem(&service.get("/papers/of-shelf?shelf=two").await, 409, "several_rows");
    problem(&service.post("/papers/file", &json!({"name": "c"})).await, 404, "no_file");
    problem(&service.get("/papers/of-shelf?shelf=none").await, 404, "no_file");
    let part = Request::post("/papers/file").header("range", "bytes=1-2").header("content-type", "application/json");
    let part = service.send(part.body(Body::from(r#"{"name":"a"}"#)).expect("a request")).await;
    assert_eq!((part.status.as_u16(), &part.body), (200, &file.body), "ranges are of GET");
    let head = Request::head("/papers/of-shelf?shelf=one").body(Body::empty()).expect("a request");
    let head = service.send(head).await;
    assert_eq!((head.status.as_u16(), head.header("content-length"), head.body.len()), (200, "5", 0));
    let tag = file.header("etag").to_owned();
    let again = Request::get("/papers/of-shelf?shelf=one").header("if-none-match", tag).body(Body::empty());
    assert_eq!(service.send(again.expect("a request")).await.status, 304);
}

/// behaviour 10: a retrieval by a nullable column finds nulls by null, and does not take an absent field for it
#[tokio::test]
async fn retrieval_by_null() {
    let service = service().await;
    prompt(&service, json!({"prompt": "a"})).await;
    prompt(&service, json!({"prompt": "b", "tag": "x"})).await;
    let found = ok(&service.post("/prompts/tagged", &json!({"tag": null})).await);
    assert_eq!((found["rows"].as_array().map(Vec::len), &found["rows"][0]["prompt"]), (Some(1), &json!("a")));
    refused(&service.post("/prompts/tagged", &json!({})).await, "tag", "missing");
}

/// guide: media columns, they "serialize as URL strings"
/// migration: gotchas, the client receives a string and no binary data
#[tokio::test]
async fn media_in_rows() {
    let service = service().await;
    let form = Form::new().text("name", "a").text("shelf", "s").file("file", "a.txt", b"text");
    let stored = ok(&service.upload("/papers", form).await);
    let declare =
        |routes: Routes| routes.add_query_route(retrieval("studio.papers", ["shelf"]), Query::at("/papers/all"));
    let rows = declare(service.app.routes().without_attribute_routes()).router().expect("is right");
    let request = Request::post("/papers/all").body(Body::from(r#"{"shelf":"s"}"#)).expect("a request");
    let response = tower::ServiceExt::oneshot(rows, request).await.expect("is infallible");
    let body = pxt::axum::body::to_bytes(response.into_body(), 10_000).await.expect("is short");
    let body: Value = pxt::serde_json::from_slice(&body).expect("is JSON");
    assert_eq!(body, json!({"rows": [stored]}));
    assert!(stored["file"].as_str().is_some_and(|url| url.starts_with("/media/studio.papers/")));
}

/// behaviour 10: rows are limited by default, and the next page is linked
/// behaviour 20.10: a limit of rows
#[tokio::test]
async fn pages() {
    let declare = |routes: Routes| {
        let page = Query::at("/page").method(Method::Get).max_rows(2);
        crate::declare(routes).add_query_route(retrieval("studio.prompts", ["tag"]), page)
    };
    let service = TestService::of(&schema::SCHEMA, |config| config, declare).await.expect("starts");
    for n in 0..5 {
        prompt(&service, json!({"prompt": n.to_string(), "tag": "t"})).await;
    }
    let (mut seen, mut next) = (Vec::new(), Some("/page?tag=t".to_owned()));
    while let Some(path) = next {
        let answer = service.get(&path).await;
        let rows = ok(&answer)["rows"].as_array().expect("a list").clone();
        assert!(rows.len() <= 2);
        seen.extend(rows.into_iter().map(|row| row["prompt"].as_str().map(str::to_owned).expect("text")));
        let link = answer.header("link").to_owned();
        // Without a public address, a link holds for the path that was asked.
        next = link.strip_prefix('<').and_then(|link| Some(format!("/page{}", link.split_once(">; rel=\"next\"")?.0)));
    }
    assert_eq!(seen, ["0", "1", "2", "3", "4"]);
    refused(&service.get("/page?tag=t&cursor=x").await, "cursor", "bad_cursor");
}

/// guide: quickstart, a query may be declared before its tables are there: it runs at each request
/// migration: gotchas, `@pxt.query` runs at decoration time; here the body runs when it is asked
#[tokio::test]
async fn queries_run_when_asked() {
    let service = service().await;
    assert_eq!(ok(&service.post("/chosen", &json!({"ids": [1]})).await), json!({"rows": []}));
    three(&service).await;
    assert_eq!(ok(&service.post("/chosen", &json!({"ids": [1], "most": 1})).await)["rows"][0]["id"], 1);
}
