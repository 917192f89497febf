use axum::Router;
use axum::extract::Request;
use axum::http::Method;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::*;
use crate::service::Config;
use crate::wire::Around;

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// The page and its files as they are served.
fn docs() -> Router {
    let settings = Config::default().settings().expect("the defaults are right");
    Around::new(&settings, None).router(serve_docs())
}

async fn ask(router: Router, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header("x-request-id", "docs");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Answer { status: parts.status, headers: parts.headers, body }
}

async fn get(path: &str, headers: &[(&str, &str)]) -> Answer {
    ask(docs(), Method::GET, path, headers).await
}

#[tokio::test]
async fn every_file_is_typed_tagged_and_confined() {
    for (path, content_type) in [
        ("/docs", "text/html; charset=utf-8"),
        ("/docs/page.css", "text/css; charset=utf-8"),
        ("/docs/page.js", "text/javascript; charset=utf-8"),
        ("/docs/media.js", "text/javascript; charset=utf-8"),
        ("/docs/swagger-ui.css", "text/css; charset=utf-8"),
        ("/docs/swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    ] {
        let answer = get(path, &[("accept-encoding", "gzip, deflate, br")]).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), content_type);
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "no-cache");
        assert_eq!(answer.header("content-security-policy"), POLICY);
        assert_eq!(answer.header("content-length"), answer.body.len().to_string(), "{path}");

        let tag = answer.header("etag");
        let known = get(path, &[("accept-encoding", "gzip"), ("if-none-match", tag)]).await;
        assert_eq!((known.status.as_u16(), known.body.len()), (304, 0), "{path}");
        assert_eq!(known.header("etag"), tag);
        assert_eq!(get(path, &[("if-none-match", "\"other\"")]).await.status, 200);

        let head = ask(docs(), Method::HEAD, path, &[("accept-encoding", "gzip")]).await;
        assert_eq!((head.status.as_u16(), head.body.len()), (200, 0), "{path}");
        assert_eq!(head.headers, answer.headers);
    }
}

#[tokio::test]
async fn swagger_ui_is_packed_for_those_who_take_it() {
    for (path, begin) in
        [("/docs/swagger-ui-bundle.js", "/*! For license information"), ("/docs/swagger-ui.css", ".swagger-ui{")]
    {
        let packed = get(path, &[("accept-encoding", "gzip")]).await;
        assert_eq!((packed.header("content-encoding"), packed.header("vary")), ("gzip", "accept-encoding"));
        let plain = get(path, &[]).await;
        assert_eq!((plain.header("content-encoding"), plain.header("vary")), ("", "accept-encoding"));
        assert_ne!(packed.header("etag"), plain.header("etag"));
        // The frame that the build script wrote is a whole one: checksum and size are compared here.
        assert!(unpacked(&packed.body) == plain.body, "{path}");
        assert!(plain.body.starts_with(begin.as_bytes()), "{path}");
        assert!(packed.body.len() * 3 < plain.body.len());
    }
}

#[test]
fn who_takes_gzip() {
    let takes = |value: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, value.parse().unwrap());
        takes_gzip(&headers)
    };
    for value in ["gzip", "br, gzip;q=0.5", "GZIP;Q=1.0", "*", "deflate, *;q=0.1", "gzip ; q=0.2, *;q=0"] {
        assert!(takes(value), "{value}");
    }
    for value in ["", "br", "identity", "gzip;q=0", "gzip;q=0.000, *", "*;q=0", "gzip;q=x"] {
        assert!(!takes(value), "{value}");
    }
    assert!(!takes_gzip(&HeaderMap::new()));
}

#[tokio::test]
async fn the_page_asks_for_nothing_but_its_own_files() {
    let page = String::from_utf8(get("/docs", &[]).await.body).unwrap();
    let mut addresses = Vec::new();
    for attribute in ["href=\"", "src=\""] {
        addresses.extend(page.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap()));
    }
    for address in &addresses {
        match *address {
            "data:," | "openapi.json" => {}
            // Relative, so that they are found below any prefix.
            file => assert_eq!(get(&format!("/{file}"), &[]).await.status, 200, "{file}"),
        }
    }
    assert!(addresses.len() >= 6, "{addresses:?}");
    // The policy forbids scripts in place.
    assert!(page.split("<script").skip(1).all(|script| script.starts_with(" src=\"")), "{page}");
}

#[tokio::test]
async fn other_paths_and_methods() {
    assert_eq!(get("/docs/../openapi.rs", &[]).await.status, 404);
    assert_eq!(get("/docs/page.html", &[]).await.status, 404);
    let post = ask(docs(), Method::POST, "/docs", &[]).await;
    assert_eq!((post.status.as_u16(), post.header("allow")), (405, "GET,HEAD,OPTIONS"));
    assert_eq!(ask(docs(), Method::OPTIONS, "/docs", &[]).await.status, 204);
    assert_eq!(post.header("content-type"), "application/problem+json");
    let nested = Router::new().nest("/films", docs());
    assert_eq!(ask(nested.clone(), Method::GET, "/films/docs", &[]).await.status, 200);
    assert_eq!(ask(nested, Method::GET, "/films/docs/page.js", &[]).await.status, 200);
}
