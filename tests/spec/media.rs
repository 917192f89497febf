//! Files by `/media/{table}/{file}`: who may read them, and how they are answered.

use axum::body::Body;
use axum::http::Request;
use pxt::testing::{Answer, Form, TestService};
use pxt::{Image, Routes, Table};
use serde_json::json;

use crate::schema::{Hidden, NewHidden};
use crate::{ok, picture, problem, refused, schema, service};

/// The URL of a new picture.
async fn stored(service: &TestService) -> String {
    let form = Form::new().file("image", "a.png", &picture(32, 32, [1, 2, 3]));
    ok(&service.upload("/pictures", form).await)["image"].as_str().expect("a URL").to_owned()
}

/// The URL of a new document.
async fn document(service: &TestService, name: &str, content: &[u8]) -> String {
    let form = Form::new().text("name", name).file("file", name, content);
    ok(&service.upload("/papers", form).await)["file"].as_str().expect("a URL").to_owned()
}

async fn get(service: &TestService, path: &str, header: (&'static str, &str)) -> Answer {
    service.send(Request::get(path).header(header.0, header.1).body(Body::empty()).expect("a request")).await
}

/// guide: media columns, `/media/…` answers with the file
/// migration: concepts, manual file responses become the built-in `/media/...` handler
/// behaviour 12: files answer GET and HEAD with length, type, `ETag`, caching and `nosniff`
#[tokio::test]
async fn files_are_served() {
    let service = service().await;
    let url = stored(&service).await;
    let file = service.get(&url).await;
    assert_eq!((file.status.as_u16(), &file.body[..]), (200, &picture(32, 32, [1, 2, 3])[..]));
    for (name, value) in [
        ("content-type", "image/png"),
        ("x-content-type-options", "nosniff"),
        ("accept-ranges", "bytes"),
        ("content-disposition", "inline"),
        ("content-length", &file.body.len().to_string()),
    ] {
        assert_eq!(file.header(name), value);
    }
    assert!(file.header("etag").starts_with('"') && file.header("cache-control").contains("immutable"));
    let head = service.send(Request::head(&url).body(Body::empty()).expect("a request")).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    for name in ["content-length", "content-type", "etag", "content-security-policy"] {
        assert_eq!(head.header(name), file.header(name));
    }
}

/// behaviour 12: `If-None-Match` is heeded: 304 without a body
#[tokio::test]
async fn conditions() {
    let service = service().await;
    let url = stored(&service).await;
    let tag = service.get(&url).await.header("etag").to_owned();
    for known in [tag.as_str(), "*", &format!("\"x\", W/{tag}")] {
        let answer = get(&service, &url, ("if-none-match", known)).await;
        assert_eq!((answer.status.as_u16(), answer.body.len(), answer.header("etag")), (304, 0, tag.as_str()));
    }
    assert_eq!(get(&service, &url, ("if-none-match", "\"x\"")).await.status, 200);
}

/// behaviour 12: ranges: 206 in part, 416 outside, the whole for what is no range
#[tokio::test]
async fn ranges() {
    let service = service().await;
    let url = document(&service, "digits", b"0123456789").await;
    for (range, part, within) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-2", "89", "bytes 8-9/10"),
        ("bytes=5-99", "56789", "bytes 5-9/10"),
    ] {
        let answer = get(&service, &url, ("range", range)).await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (206, part), "{range}");
        assert_eq!(answer.header("content-range"), within);
    }
    let outside = get(&service, &url, ("range", "bytes=10-")).await;
    problem(&outside, 416, "range_not_satisfiable");
    assert_eq!(outside.header("content-range"), "bytes */10");
    for range in ["bytes=4-2", "lines=1-2", "bytes=x", "bytes=99999999999999999999-"] {
        let answer = get(&service, &url, ("range", range)).await;
        assert!(answer.status == 200 || answer.status == 416, "{range}: {}", answer.status);
    }
}

/// behaviour 12: traversal is 404 in every encoding, and a NUL in the path is no 500
/// behaviour 20.1: a NUL in a media path is no 5xx
#[tokio::test]
async fn traversal() {
    let service = service().await;
    let url = stored(&service).await;
    let file = url.rsplit('/').next().expect("a name").to_owned();
    let table = "/media/studio.pictures";
    let mut paths: Vec<String> = [
        "../../pxt.db",
        "..%2f..%2fpxt.db",
        "%2e%2e/%2e%2e/pxt.db",
        "%2e%2e%2f%2e%2e%2fpxt.db",
        "..%5c..%5cpxt.db",
        "....//....//pxt.db",
        "%252e%252e%252fpxt.db",
        "..%c0%af..%c0%afpxt.db",
        "%ff",
        "%00",
        "..%00/pxt.db",
        "",
        ".",
        "..",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        ".uploads/x",
        "x",
    ]
    .iter()
    .map(|tail| format!("{table}/{tail}"))
    .collect();
    paths.extend([
        format!("{table}/{file}%00"),
        format!("{table}/{file}%00.png"),
        format!("{table}/./{file}"),
        format!("{table}/x/../{file}"),
        format!("{table}//{file}"),
        format!("{table}/{file}/"),
        format!("{table}/{}", file.to_uppercase()),
        format!("/media//studio.pictures/{file}"),
        format!("/media/../media/studio.pictures/{file}"),
        "/media".to_owned(),
        "/media/".to_owned(),
        "/media/%2e%2e/pxt.db".to_owned(),
        "/media/../pxt.db".to_owned(),
        "/media/.uploads/x.png".to_owned(),
    ]);
    for path in paths {
        let answer = service.get(&path).await;
        problem(&answer, 404, "not_found");
        assert!(!answer.text().contains("SQLite"), "{path}");
    }
    assert_eq!(service.get(&url).await.status, 200);
}

/// behaviour 12: files of a table that no route serves are not reachable, neither by URL nor as an input
/// behaviour 12: a route's declaration makes the files of its table reachable, and a declaration can add others
#[tokio::test]
async fn tables_without_a_route() {
    let open = |routes: Routes| crate::declare(routes).serve_media_of("hidden");
    let open = TestService::of(&schema::SCHEMA, |config| config, open).await.expect("starts");
    for (service, status) in [(service().await, 404), (open, 200)] {
        let new = NewHidden { name: "h".to_owned(), image: Image::from_bytes(picture(2, 2, [9; 3])) };
        let hidden = Hidden::insert(&service.app, new).await.expect("inserts");
        let url = format!("/media/{}", hidden.image.key().expect("is stored"));
        assert_eq!(service.get(&url).await.status, status);
        assert_eq!(service.get(&url.replace("hidden/", "studio.pictures/")).await.status, 404);
        refused(&service.post("/pictures/json", &json!({"image": url})).await, "image", "bad_media");
    }
}

/// behaviour 12: what a browser might execute is a download in a sandbox: no stored XSS
/// behaviour 17.4: uploaded HTML is not executed
#[tokio::test]
async fn uploads_are_not_executed() {
    let service = service().await;
    let pages: [(&str, &[u8]); 5] = [
        ("a.html", b"<!DOCTYPE html><script>alert(1)</script>"),
        ("a.svg", b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>"),
        ("a.txt", b"   <html><body onload=alert(1)>"),
        ("a.xml", b"<?xml version=\"1.0\"?><x/>"),
        ("a.pdf", b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"),
    ];
    for (name, content) in pages {
        let file = service.get(&document(&service, name, content).await).await;
        assert_eq!(file.header("x-content-type-options"), "nosniff", "{name}");
        assert!(file.header("content-security-policy").contains("sandbox"), "{name}");
        let shown_as_text = file.header("content-type").starts_with("text/plain");
        assert!(shown_as_text || file.header("content-disposition") == "attachment", "{name}: {:?}", file.headers);
    }
    let script = document(&service, "a.js", b"alert(1)").await;
    assert_eq!(service.get(&script).await.header("content-type"), "text/plain; charset=utf-8");
    let svg = Form::new().file("image", "a.png", pages[1].1);
    refused(&service.upload("/pictures", svg).await, "image", "bad_media");
}

/// behaviour 12: URLs are paths, or begin with the configured address; the Host header is never reflected
/// behaviour 17.6: no reflection of the Host header
#[tokio::test]
async fn urls_do_not_follow_the_host() {
    let public = |config: pxt::Config| config.public_url("https://api.example.com");
    let public = TestService::of(&schema::SCHEMA, public, crate::declare).await.expect("starts");
    for (service, host, start) in [
        (service().await, "evil.example", "/media/"),
        // Others are refused where the service knows its name.
        (public, "api.example.com:8443", "https://api.example.com/media/"),
    ] {
        let body = r#"{"image": "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw=="}"#;
        let request = Request::post("/pictures/json").header("content-type", "application/json").header("host", host);
        let request = request.header("x-forwarded-host", "evil.example").header("forwarded", "host=evil.example");
        let answer = service.send(request.body(Body::from(body)).expect("a request")).await;
        let row = ok(&answer);
        assert!(!answer.text().contains("evil") && !answer.text().contains("8443"), "{row}");
        let url = row["image"].as_str().expect("a URL");
        assert!(url.starts_with(start), "{url}");
        let again = ok(&service.post("/pictures/json", &json!({"image": url})).await);
        assert_eq!(again["image"], url, "a client can hand back what it was given");
    }
}
