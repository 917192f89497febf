//! What a client must not be able to make the server do.

use pxt::testing::Form;
use serde_json::json;

use crate::{files, ok, refused, service};

/// behaviour 17.2: a request names no path of the server, and so reads none of its files
/// behaviour 17.3: a request makes the server fetch nothing: http, https and file URLs are refused
/// behaviour 2: media in JSON is a `/media/` URL of the same table or a `data:` URL
#[tokio::test]
async fn urls_as_inputs() {
    let service = service().await;
    let own = service.folder().join("own.png");
    std::fs::write(&own, crate::picture(2, 2, [0; 3])).expect("is written");
    let own = own.to_string_lossy().into_owned();
    for url in [
        "/etc/passwd",
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "file:own.png",
        &own,
        &format!("file://{own}"),
        "own.png",
        "../own.png",
        "/media/../own.png",
        "/media/studio.pictures/../../own.png",
        "http://127.0.0.1:1/x.png",
        "http://169.254.169.254/latest/meta-data/",
        "https://example.com/a.png",
        "HTTP://example.com/a.png",
        "//example.com/a.png",
        "http:\\\\example.com",
        "s3://bucket/key",
        "ftp://example.com/a.png",
        "javascript:alert(1)",
        "data:",
        "data:image/png;base64,*",
        "data:image/png;base64,",
        "",
        " ",
    ] {
        refused(&service.post("/pictures/json", &json!({"image": url})).await, "image", "bad_media");
        refused(&service.post("/papers/json", &json!({"name": "x", "file": url})).await, "file", "bad_media");
        let form = Form::new().text("image", url);
        refused(&service.upload("/pictures", form).await, "image", "wrong_type");
    }
    for nul in ["/media/\u{0}", "\u{0}"] {
        refused(&service.post("/pictures/json", &json!({"image": nul})).await, "image", "nul_character");
    }
    refused(&service.post("/pictures/json", &json!({"image": {"url": "x"}})).await, "image", "wrong_type");
    assert_eq!(files(&service), 0);
}

/// behaviour 2: a `data:` URL brings the file itself, and its bytes are judged as an upload's are
#[tokio::test]
async fn files_in_urls() {
    let service = service().await;
    let gif = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw==";
    let row = ok(&service.post("/pictures/json", &json!({"image": gif})).await);
    assert!(row["image"].as_str().is_some_and(|url| url.ends_with(".gif")), "{row}");
    let lie = "data:image/png;base64,PGh0bWw+PC9odG1sPg==";
    refused(&service.post("/pictures/json", &json!({"image": lie})).await, "image", "bad_media");
}

/// behaviour 17.1: no CORS until it is configured: other origins' scripts read nothing
#[tokio::test]
async fn no_cors() {
    use axum::body::Body;
    use axum::http::Request;
    let service = service().await;
    for method in ["GET", "OPTIONS"] {
        let request = Request::builder().method(method).uri("/numbers?from=1").header("origin", "https://evil.example");
        let request = request.header("access-control-request-method", "GET").body(Body::empty()).expect("a request");
        let answer = service.send(request).await;
        let cors = answer.headers.keys().any(|name| name.as_str().starts_with("access-control-"));
        assert!(!cors, "{method}: {:?}", answer.headers);
    }
}

/// behaviour 20.1: texts that mean something to a database, a shell or a page are texts like others
#[tokio::test]
async fn texts_are_texts() {
    let service = service().await;
    for text in
        ["'; DROP TABLE \"studio.prompts\"; --", "$(reboot)", "<script>", "${PATH}", "%s%n", "{{7*7}}", "\u{202e}x"]
    {
        let row = ok(&service.post("/prompts", &json!({"prompt": text, "tag": text})).await);
        assert_eq!((&row["prompt"], &row["tag"]), (&json!(text), &json!(text)));
        let found = ok(&service.post("/prompts/tagged", &json!({"tag": text})).await);
        assert_eq!(found["rows"], json!([row]));
        assert_eq!(ok(&service.post("/prompts/delete-by-tag", &json!({"tag": text})).await), json!({"num_rows": 1}));
    }
}
