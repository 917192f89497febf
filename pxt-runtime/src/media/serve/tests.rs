use axum::http::Request;
use http_body_util::BodyExt as _;

use super::*;
use crate::media::tests::{photo, store};
use crate::schema::ColumnType;

async fn ask(
    store: &MediaStore,
    method: Method,
    key: &str,
    headers: &[(&str, &str)],
) -> (StatusCode, HeaderMap, Vec<u8>) {
    let mut request = Request::builder();
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(()).unwrap();
    let response = store.serve(key, &method, request.headers()).await.unwrap();
    let (parts, body) = response.into_parts();
    (parts.status, parts.headers, body.collect().await.unwrap().to_bytes().to_vec())
}

#[tokio::test]
async fn whole_files() {
    let (_folder, store) = store();
    let content = photo("chelsea.png");
    let media = store.put("films.posters", ColumnType::Image, content.clone()).await.unwrap();
    let key = media.key().unwrap();
    let (status, headers, body) = ask(&store, Method::GET, key, &[]).await;
    assert_eq!((status, &body[..]), (StatusCode::OK, &content[..]));
    let etag = format!("\"{}\"", media.stored_hash().unwrap());
    for (name, value) in [
        ("content-type", "image/png"),
        ("content-length", "240512"),
        ("etag", &etag),
        ("accept-ranges", "bytes"),
        ("cache-control", CACHING),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", POLICY),
        ("content-disposition", "inline"),
    ] {
        assert_eq!(headers[name], value, "{name}");
    }

    let (status, head, body) = ask(&store, Method::HEAD, key, &[("range", "bytes=0-0")]).await;
    assert_eq!((status, body.len()), (StatusCode::OK, 0));
    assert_eq!(head, headers);

    let (status, headers, body) = ask(&store, Method::GET, key, &[("if-none-match", &etag)]).await;
    assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(headers["etag"], etag);
    let (status, ..) = ask(&store, Method::GET, key, &[("if-none-match", "\"other\"")]).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn parts_of_files() {
    let (_folder, store) = store();
    // More than one chunk of an answer.
    let content: Vec<u8> = (0..700_000_u32).map(|i| (i % 251) as u8).collect();
    let media = store.put("docs", ColumnType::Document, content.clone().into()).await.unwrap();
    let key = media.key().unwrap();
    for (range, from, to) in [
        ("bytes=0-0", 0, 1),
        ("bytes=5-", 5, 700_000),
        ("bytes=200000-600000", 200_000, 600_001),
        ("bytes=-10", 699_990, 700_000),
    ] {
        let (status, headers, body) = ask(&store, Method::GET, key, &[("range", range)]).await;
        assert_eq!(status, StatusCode::PARTIAL_CONTENT);
        assert_eq!(headers["content-range"], format!("bytes {from}-{}/700000", to - 1));
        assert_eq!(headers["content-length"], (to - from).to_string());
        assert!(body == content[from..to], "{range}");
    }
    let (status, _, body) = ask(&store, Method::GET, key, &[("range", "bytes=0-0"), ("if-range", "\"old\"")]).await;
    assert_eq!((status, body.len()), (StatusCode::OK, 700_000));

    let mut headers = HeaderMap::new();
    headers.insert(header::RANGE, HeaderValue::from_static("bytes=700000-"));
    let error = store.serve(key, &Method::GET, &headers).await.unwrap_err();
    assert!(matches!(error, ServeError::Range { size: 700_000 }));
}

#[tokio::test]
async fn what_a_browser_might_run_is_a_download() {
    let (_folder, store) = store();
    for (content, content_type, disposition) in [
        ("<html><script>alert(1)</script></html>", "text/html", "attachment"),
        ("<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "text/xml", "attachment"),
        ("%PDF-1.7\n", "application/pdf", "attachment"),
        ("\u{1}\u{2}", "application/octet-stream", "attachment"),
        ("<svg onload='alert(1)'/>", "text/plain; charset=utf-8", "inline"),
    ] {
        let media = store.put("docs", ColumnType::Document, content.into()).await.unwrap();
        let (_, headers, _) = ask(&store, Method::GET, media.key().unwrap(), &[]).await;
        assert_eq!(headers["content-type"], content_type, "{content}");
        assert_eq!(headers["content-disposition"], disposition, "{content}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
    }
}

#[tokio::test]
async fn only_keys_are_served() {
    let (folder, store) = store();
    let media = store.put("docs", ColumnType::Document, "secret".into()).await.unwrap();
    let key = media.key().unwrap();
    let hash = media.stored_hash().unwrap();
    std::fs::write(folder.path().join(format!("{hash}.txt")), "outside of tables").unwrap();
    for bad in [
        format!("docs/../{key}"),
        format!("../{}/{key}", folder.path().file_name().unwrap().to_str().unwrap()),
        format!("./{hash}.txt"),
        format!("../{hash}.txt"),
        key.replace('/', "%2f"),
        format!("{key}\0"),
        format!("/{key}"),
        key.replace("docs", "other"),
        key.replace("txt", "html"),
        "docs".to_owned(),
        folder.path().join(key).display().to_string(),
    ] {
        let error = store.serve(&bad, &Method::GET, &HeaderMap::new()).await.unwrap_err();
        assert!(matches!(error, ServeError::NotFound), "{bad:?}: {error:?}");
    }
    let error = store.serve(key, &Method::POST, &HeaderMap::new()).await.unwrap_err();
    assert!(matches!(error, ServeError::Method));
}
