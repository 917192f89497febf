//! Compression of answers by `Accept-Encoding`.

use std::convert::Infallible;

use axum::body::Body;
use axum::http::{Extensions, HeaderMap, HeaderValue, Request, StatusCode, Version, header};
use axum::response::Response;
use tower::{Layer, ServiceExt, service_fn};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

/// Compresses an answer for a client that asks for it. JSON of some length only: files are compressed already, or are asked for
/// in ranges. At the quickest level: a service's processor is dearer than the last tenth of a body.
///
/// A client that takes neither a coding nor none at all is answered without one (RFC 9110, section 12.5.3): the work is done.
///
/// Not a layer around the routes: who does not ask pays nothing.
pub(super) async fn compressed(response: Response, asked: HeaderValue) -> Response {
    let is_json = |_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions| {
        headers.get(header::CONTENT_TYPE).is_some_and(|ty| ty.as_bytes().ends_with(b"json"))
    };
    let is_worth_it = SizeAbove::new(1024).and(is_json);
    if !is_worth_it.should_compress(&response) {
        return response;
    }
    let status = response.status();
    let layer = CompressionLayer::new().quality(CompressionLevel::Fastest);
    let mut request = Request::new(());
    request.headers_mut().insert(header::ACCEPT_ENCODING, asked);
    let mut made = Some(response);
    let answer =
        service_fn(move |_: Request<()>| std::future::ready(Ok::<_, Infallible>(made.take().unwrap_or_default())));
    let answered = layer.compress_when(is_worth_it).layer(answer).oneshot(request).await;
    let mut answer = answered.unwrap_or_else(|never| match never {}).map(Body::new);
    // The layer would say 406.
    *answer.status_mut() = status;
    answer
}
