//! Clients that are sent to the bucket, and what they find there.

use axum::body::Body;
use axum::http::Request;
use pxt::testing::{Answer, Form};

use crate::uploads::form;
use crate::{picture, with};

/// GETs an address of the bucket as a browser would: head and body.
async fn follow(address: &str) -> (String, Vec<u8>) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let rest = address.strip_prefix("http://").expect("is plain in tests");
    let (host, path) = rest.split_once('/').expect("has a path");
    let mut stream = tokio::net::TcpStream::connect(host).await.expect("connects");
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("is sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("is answered");
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("has a head");
    (String::from_utf8_lossy(&answer[..end]).to_lowercase(), answer[end + 4..].to_vec())
}

fn ask(method: &str, url: &str, header: (&str, &str)) -> Request<Body> {
    Request::builder().method(method).uri(url).header(header.0, header.1).body(Body::empty()).expect("a request")
}

#[tokio::test]
async fn pictures_are_read_from_the_bucket() {
    let (service, _server) = with(|config| config.media_redirects(true)).await;
    let image = service.upload("/posters", form("x")).await.json()["image"].as_str().expect("a URL").to_owned();
    let sent: Answer = service.get(&image).await;
    assert_eq!((sent.status.as_u16(), sent.body.len()), (307, 0));
    assert_eq!(sent.header("cache-control"), "private, max-age=600");
    assert_eq!(sent.header("x-content-type-options"), "nosniff");
    assert_eq!(sent.header("etag"), "", "the tag is the file's, and this is not the file");
    let address = sent.header("location");
    assert!(address.contains("X-Amz-Expires=900"), "{address}");
    assert!(!address.contains(crate::server::SECRET));
    let (head, body) = follow(address).await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(head.contains("content-type: image/png") && head.contains("content-disposition: inline"), "{head}");
    assert_eq!(body, picture(64, 48, [200, 30, 30]));
    // The address is signed as it is.
    let (head, _) = follow(&address.replace("inline", "attachment")).await;
    assert!(head.starts_with("http/1.1 403"), "{head}");

    assert_eq!(service.send(ask("HEAD", &image, ("accept", "*/*"))).await.status, 200, "it is signed for GET");
    let hash = image.rsplit(['/', '.']).nth(1).expect("has a hash");
    let known = service.send(ask("GET", &image, ("if-none-match", &format!("\"{hash}\"")))).await;
    assert_eq!(known.status, 304);
    let missing = image.replace(hash, &"0".repeat(64));
    crate::problem(&service.get(&missing).await, 404, "not_found");
}

#[tokio::test]
async fn what_a_browser_might_run_is_answered_here() {
    let (service, _server) = with(|config| config.media_redirects(true)).await;
    for (content, disposition) in
        [(&b"<!DOCTYPE html><script>alert(1)</script>"[..], "attachment"), (b"plain words", "inline")]
    {
        let form = Form::new().text("name", disposition).file("file", "a.html", content);
        let filed = service.upload("/papers", form).await;
        let page = service.get(filed.json()["file"].as_str().expect("a URL")).await;
        assert_eq!(
            (page.status.as_u16(), page.header("content-disposition")),
            (200, disposition),
            "{:?}",
            page.headers
        );
        assert!(page.header("content-security-policy").contains("sandbox"));
    }
}
