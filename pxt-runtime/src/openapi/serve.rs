//! `GET /openapi.json`: the document, made once, and asked for again only by its tag.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{self, HeaderValue};
use axum::http::{Response, StatusCode};
use sha2::{Digest as _, Sha256};

use crate::media::none_match;
use crate::route::{Served, responder};

/// The path of the document.
pub(crate) const PATH: &str = "/openapi.json";

/// Serves the document.
pub(crate) fn serve_document(document: &serde_json::Value) -> Served {
    let text = Bytes::from(document.to_string());
    let tag = format!("\"{:x}\"", Sha256::digest(&text));
    Served::get(PATH, responder(move |request| std::future::ready(Ok(answer(&request, &text, &tag)))))
}

fn answer(request: &Request, text: &Bytes, tag: &str) -> Response<Body> {
    let known = none_match(request.headers(), tag);
    let mut response = Response::new(if known { Body::empty() } else { Body::from(text.clone()) });
    let headers = response.headers_mut();
    headers.insert(header::ETAG, HeaderValue::from_str(tag).expect("a hash is a header's value"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    response
}
