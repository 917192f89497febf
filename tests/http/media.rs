use axum::body::Body;
use axum::http::Request;
use pxt::testing::Form;
use serde_json::json;

use crate::uploads::form;
use crate::{problem, service};

#[tokio::test]
async fn files_answer_head_ranges_and_conditions() {
    let service = service().await;
    let url = service.upload("/posters", form("x")).await.json()["image"].as_str().expect("a URL").to_owned();
    let whole = service.get(&url).await;
    assert_eq!(whole.header("x-content-type-options"), "nosniff");
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let with = |name: &'static str, value: String| {
        Request::get(&url).header(name, value).body(Body::empty()).expect("a request")
    };
    let part = service.send(with("range", "bytes=1-3".into())).await;
    assert_eq!((part.status.as_u16(), &part.body[..]), (206, &whole.body[1..4]));
    let beyond = service.send(with("range", "bytes=999999-".into())).await;
    problem(&beyond, 416, "range_not_satisfiable");
    assert_eq!(beyond.header("content-range"), format!("bytes */{}", whole.body.len()));
    let known = service.send(with("if-none-match", whole.header("etag").to_owned())).await;
    assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
    let head = service.send(Request::head(&url).body(Body::empty()).expect("a request")).await;
    assert_eq!((head.status.as_u16(), head.header("content-length")), (200, whole.body.len().to_string().as_str()));
    assert!(head.body.is_empty());
    let delete = service.send(Request::delete(&url).body(Body::empty()).expect("a request")).await;
    problem(&delete, 405, "method_not_allowed");
    assert_eq!(delete.header("allow"), "GET,HEAD,OPTIONS");
}

#[tokio::test]
async fn nothing_else_is_reachable() {
    let service = service().await;
    service.upload("/posters", form("x")).await;
    let new =
        crate::schema::NewHidden { name: "h".into(), image: pxt::Image::from_bytes(crate::picture(2, 2, [9; 3])) };
    let hidden = <crate::schema::Hidden as pxt::Table>::insert(&service.app, new).await.expect("is stored");
    let key = hidden.image.key().expect("has a key").to_owned();
    for path in [
        format!("/media/{key}"),
        "/media/".into(),
        "/media/films.posters".into(),
        "/media/films.posters/".into(),
        "/media/films.posters/../../pxt.db".into(),
        "/media/films.posters/%2e%2e%2f%2e%2e%2fpxt.db".into(),
        "/media/films.posters/..%00".into(),
        "/media/films.posters/%ff".into(),
        "/media/%66ilms.posters/x".into(),
        format!("/media/films.posters/{}", key.split_once('/').expect("has a table").1),
    ] {
        problem(&service.get(&path).await, 404, "not_found");
    }
    // Nor through a row of a table that is served.
    let body = problem(
        &service.post("/posters/json", &json!({"title": "x", "image": format!("/media/{key}")})).await,
        422,
        "invalid_input",
    );
    assert_eq!(body["errors"][0]["pointer"], "#/image");
}

#[tokio::test]
async fn a_url_in_json_names_a_file_of_the_table_or_carries_one() {
    let service = service().await;
    let url = service.upload("/posters", form("x")).await.json()["image"].clone();
    assert_eq!(service.post("/posters/json", &json!({"title": "y", "image": url})).await.json()[1], url);
    let gif = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw==";
    let answer = service.post("/posters/json", &json!({"title": "z", "image": gif})).await;
    assert!(answer.json()[1].as_str().expect("a URL").ends_with(".gif"), "{}", answer.text());
    for url in [
        "file:///etc/passwd",
        "/etc/passwd",
        "http://127.0.0.1:1/x.png",
        "https://example.com/a.png",
        "",
        "data:,x",
        "/media/../pxt.db",
    ] {
        let body =
            problem(&service.post("/posters/json", &json!({"title": "w", "image": url})).await, 422, "invalid_input");
        assert_eq!(body["errors"][0]["pointer"], "#/image", "{url}: {body}");
    }
}

#[tokio::test]
async fn what_a_browser_might_run_is_a_download() {
    let service = service().await;
    let form = Form::new().text("name", "evil").file("file", "evil.html", b"<!DOCTYPE html><script>alert(1)</script>");
    let filed = service.upload("/papers", form).await;
    assert_eq!(filed.status, 200, "{}", filed.text());
    assert_eq!(filed.json()["size"], 40);
    let page = service.get(filed.json()["file"].as_str().expect("a URL")).await;
    assert!(page.header("content-disposition").starts_with("attachment"), "{:?}", page.headers);
    assert!(page.header("content-security-policy").contains("sandbox"));
}

#[tokio::test]
async fn urls_are_absolute_under_a_public_url() {
    let configure = |config: pxt::Config| config.public_url("https://posters.example/");
    let service = pxt::testing::TestService::with(&crate::schema::SCHEMA, configure).await.expect("starts");
    let url = service.upload("/posters", form("x")).await.json()["image"].as_str().expect("a URL").to_owned();
    assert!(url.starts_with("https://posters.example/media/films.posters/"), "{url}");
    assert_eq!(service.post("/posters/json", &json!({"title": "y", "image": url})).await.json()[1], url);
}
