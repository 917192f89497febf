//! What strangers send. Each is a 4xx that names the field; none a 5xx.

use serde_json::json;

use crate::{fields, problem, service};

fn kinds(field: &str, raw: &str) -> String {
    let mut all = vec![
        ("truth", "true"),
        ("int", "1"),
        ("float", "1"),
        ("text", "\"t\""),
        ("time", "\"2026-01-31T12:00:00Z\""),
        ("day", "\"2026-01-31\""),
        ("uuid", "\"0190b3a4-5c5e-7000-8000-0000000000ff\""),
        ("tree", "{}"),
        ("tag", "{\"name\":\"n\",\"weight\":1}"),
        ("bytes", "\"\""),
        ("vector", "[1,2,3]"),
    ];
    all.retain(|(name, _)| *name != field);
    if raw != "(missing)" {
        all.push((field, raw));
    }
    let fields: Vec<_> = all.iter().map(|(name, raw)| format!("\"{name}\":{raw}")).collect();
    format!("{{{}}}", fields.join(","))
}

#[tokio::test]
async fn wrong_values_are_422_at_their_field() {
    let service = service().await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let cases = [
        ("int", "9223372036854775808"),
        ("int", "-9223372036854775809"),
        ("int", "1e400"),
        ("int", "5.5"),
        ("int", "\"5\""),
        ("int", "true"),
        ("int", "null"),
        ("int", "(missing)"),
        ("float", "1e400"),
        ("float", "\"1\""),
        ("truth", "1"),
        ("text", "\"\\ud800\""),
        ("text", "\"a\\u0000b\""),
        ("text", "{}"),
        ("time", "\"2026-01-31\""),
        ("time", "\"-000044-03-15T12:00:00Z\""),
        ("day", "\"2026-02-30\""),
        ("uuid", "\"x\""),
        ("tree", "{\"a\":\"\\u0000\"}"),
        ("tree", "{\"a\":\"\\ud800\"}"),
        ("tree", deep.as_str()),
        ("tag", "{\"name\":\"n\"}"),
        ("tag", "{\"name\":\"n\",\"weight\":256}"),
        ("bytes", "\"*\""),
        ("vector", "[1,2]"),
        ("vector", "[1,2,\"3\"]"),
        ("vector", "[1,2,1e39]"),
        ("maybe", "\"x\""),
        ("id", "1"),
        ("unheard_of", "1"),
    ];
    for (field, raw) in cases {
        let answer = service.post_bytes("/kinds", "application/json", kinds(field, raw)).await;
        let body = problem(&answer, 422, "invalid_input");
        fields(&body, &[field]);
    }
    let answer = service.post_bytes("/kinds", "application/json", kinds("tree", "null")).await;
    assert_eq!(answer.status, 200, "null is JSON: {}", answer.text());
}

#[tokio::test]
async fn unreadable_bodies_are_400_and_name_the_field_they_broke_at() {
    let service = service().await;
    for (field, raw) in [
        ("int", "NaN"),
        ("float", "Infinity"),
        ("float", "-NaN"),
        ("text", "\"unterminated"),
        ("tree", "{\"a\":}"),
        ("unheard_of", "nul"),
    ] {
        let body =
            problem(&service.post_bytes("/kinds", "application/json", kinds(field, raw)).await, 400, "malformed_body");
        fields(&body, &[field]);
    }
    let bodies: [&[u8]; 8] =
        [b"", b"   ", b"{", b"{\"int\":1", b"{\"int\":1}}", b"\xff\xfe", b"{\"text\":\"\xff\"}", b"{'int':1}"];
    for body in bodies {
        problem(&service.post_bytes("/kinds", "application/json", body.to_vec()).await, 400, "malformed_body");
    }
    let twice = problem(
        &service.post_bytes("/pair", "application/json", r#"{"left":"a","left":"b","right":1,"value":1}"#).await,
        400,
        "malformed_body",
    );
    assert_eq!(fields(&twice, &["left"]), ["repeated"]);
    let unknown =
        problem(&service.post_bytes("/pair", "application/json", r#"{"x":1,"x":2}"#).await, 400, "malformed_body");
    fields(&unknown, &["x"]);
}

#[tokio::test]
async fn readable_bodies_that_are_no_object_are_422() {
    let service = service().await;
    for body in ["[]", "5", "\"text\"", "null", "true"] {
        problem(&service.post_bytes("/pair", "application/json", body).await, 422, "invalid_input");
    }
}

#[tokio::test]
async fn content_types() {
    let service = service().await;
    let mut right = 0;
    let mut post = async |content_type: &str, body: Option<&str>| {
        right += 1;
        let object = json!({"left": "a", "right": right, "value": 1}).to_string();
        service.post_bytes("/pair", content_type, body.map_or(object, str::to_owned)).await
    };
    for accepted in [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/vnd.api+json",
        "application/x-www-form-urlencoded",
    ] {
        let answer = post(accepted, None).await;
        assert_eq!(answer.status, 200, "{accepted}: {}", answer.text());
    }
    for refused in ["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/jsonx"] {
        problem(&post(refused, None).await, 415, "unsupported_media_type");
    }
    problem(&post("application/json; charset=utf-16", None).await, 415, "unsupported_media_type");
    let form = post("application/x-www-form-urlencoded", Some("left=a+b%2B&right=1&value=1")).await;
    assert_eq!((form.status.as_u16(), form.json()[0].as_str()), (200, Some("a b+")), "a form as browsers send it");
    problem(&post("", Some("left=c&right=1&value=1")).await, 415, "unsupported_media_type");
    let bare = axum::http::Request::post("/pair")
        .body(axum::body::Body::from(r#"{"left":"b","right":1,"value":1}"#))
        .expect("a request");
    assert_eq!(service.send(bare).await.status, 200, "no type at all");
}

#[tokio::test]
async fn large_bodies_are_413() {
    let service = service().await;
    let large = vec![b' '; 100 << 20];
    problem(&service.post_bytes("/pair", "application/json", large.clone()).await, 413, "body_too_large");
    let chunked =
        futures_util::stream::iter((0..100).map(|_| Ok::<_, std::io::Error>(bytes::Bytes::from(vec![b' '; 1 << 20]))));
    let request = axum::http::Request::post("/pair").header("content-type", "application/json");
    let request = request.body(axum::body::Body::from_stream(chunked)).expect("a request");
    problem(&service.send(request).await, 413, "body_too_large");
    let form = crate::uploads::form("x").text("note", &"x".repeat(2 << 20));
    let body = problem(&service.upload("/posters", form).await, 422, "invalid_input");
    assert_eq!(fields(&body, &["note"]), ["too_long"]);

    let small = pxt::testing::TestService::with(&crate::schema::SCHEMA, |mut config| {
        config.max_upload = 1000;
        config
    });
    let small = small.await.expect("starts");
    problem(
        &small.upload("/posters", crate::uploads::form("x").text("note", &"x".repeat(2000))).await,
        413,
        "body_too_large",
    );
    assert_eq!(crate::files(&small), 0);
}

#[tokio::test]
async fn bodies_have_a_budget() {
    let small = pxt::testing::TestService::with(&crate::schema::SCHEMA, |mut config| {
        config.body_memory = 300 << 10;
        config
    });
    let service = small.await.expect("starts");
    let json = |spaces: usize| {
        let parts = [" ".repeat(spaces), r#"{"left":"a","right":1,"value":1}"#.to_owned()];
        let parts = parts.map(|part| Ok::<_, std::io::Error>(bytes::Bytes::from(part)));
        let request = axum::http::Request::post("/pair").header("content-type", "application/json");
        request.body(axum::body::Body::from_stream(futures_util::stream::iter(parts))).expect("a request")
    };
    let busy = |answer: &pxt::testing::Answer| {
        problem(answer, 503, "busy");
        assert_eq!(answer.header("retry-after"), "1");
    };
    busy(&service.send(json(1 << 20)).await);
    busy(&service.upload("/posters", crate::uploads::form("x").text("note", &"x".repeat(400 << 10))).await);
    busy(&service.upload("/posters", crate::uploads::form("x").file("still", "x.png", &large_picture())).await);
    assert_eq!(crate::files(&service), 0);
    // What they took is there again.
    assert_eq!(service.send(json(100 << 10)).await.status, 200);
    assert_eq!(service.upload("/posters", crate::uploads::form("x")).await.status, 200);
}

/// A picture with half a MiB behind its end.
fn large_picture() -> Vec<u8> {
    let mut picture = crate::picture(8, 8, [1, 2, 3]);
    picture.resize(512 << 10, 0);
    picture
}

#[tokio::test]
async fn other_paths_and_methods() {
    let service = service().await;
    problem(&service.get("/nowhere").await, 404, "not_found");
    let slash = problem(&service.post("/pair/", &json!({})).await, 404, "not_found");
    assert_eq!(slash["detail"], "nothing is served under this path; did you mean `/pair`?");
    let answer = service.get("/pair").await;
    problem(&answer, 405, "method_not_allowed");
    assert_eq!(answer.header("allow"), "POST,OPTIONS");
    let options = axum::http::Request::options("/pair").body(axum::body::Body::empty()).expect("a request");
    let options = service.send(options).await;
    assert_eq!((options.status.as_u16(), options.header("allow"), options.body.len()), (204, "POST,OPTIONS", 0));
    let encoded = service.post("/p%61ir", &json!({"left": "a", "right": 1, "value": 1})).await;
    assert_eq!(encoded.status, 200, "the same path, written otherwise");
    let slash = service.post("/pair%2Fupdate", &json!({"left": "a", "right": 1, "value": 2})).await;
    problem(&slash, 404, "not_found");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_the_clients_mistake() {
    let service = service().await;
    let broken =
        futures_util::stream::iter([Ok(bytes::Bytes::from("{\"left\":")), Err(std::io::Error::other("reset"))]);
    let request = axum::http::Request::post("/pair").header("content-type", "application/json");
    let request = request.body(axum::body::Body::from_stream(broken)).expect("a request");
    problem(&service.send(request).await, 400, "malformed_body");
}

#[tokio::test]
async fn a_flood_of_mistakes_is_answered_in_short() {
    let service = service().await;
    let fields: Vec<_> = (0..200_000).map(|n| format!("\"k{n}\":1")).collect();
    let answer = service.post_bytes("/pair", "application/json", format!("{{{}}}", fields.join(","))).await;
    let body = problem(&answer, 422, "invalid_input");
    let errors = body["errors"].as_array().expect("is a list");
    assert_eq!(errors.len(), 51);
    assert_eq!(errors.last().expect("is not empty")["detail"], "has more than 1000 fields");
    assert_eq!(errors.last().expect("is not empty")["pointer"], "#");
}
