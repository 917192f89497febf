//! Answers to requests for files: whole, in part, or not at all when the client has them.
//!
//! Content came from strangers. It is served with the type that its bytes showed, in a sandbox, and as a download unless
//! a browser runs nothing of it. Names are hashes, so what a client has once it never needs again.

mod range;
mod redirect;

use axum::body::Body;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::{Method, Response, StatusCode};

use super::format::Format;
use super::key::Key;
use super::{BoxError, MediaError, MediaStore};
use range::Asked;
pub(crate) use range::none_match;

/// For browsers that open a file itself: it is shown, and can do nothing. A player needs the file again as a medium.
const POLICY: &str = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox";

/// Kept by the client alone: a service may ask who its clients are, and a row's file goes away with the row.
const CACHING: &str = "private, max-age=31536000, immutable";

/// Why there is no file to answer with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// No such file: 404.
    #[error("no such file")]
    NotFound,
    /// Neither GET nor HEAD: 405, with `Allow: GET, HEAD`.
    #[error("files answer GET and HEAD only")]
    Method,
    /// The range lies outside of the file: 416, with `Content-Range: bytes */{size}`.
    #[error("the range lies outside of the file, which has {size} bytes")]
    Range {
        /// The file's size in bytes.
        size: u64,
    },
    /// Storage cannot be used at the moment: 503.
    #[error("media storage cannot be used at the moment")]
    Unavailable(#[source] BoxError),
    /// Storage failed: 500.
    #[error("media storage failed")]
    Storage(#[source] BoxError),
}

impl MediaStore {
    /// Answers a request for a file: GET and HEAD, `Range` (one), `If-Range`, `If-None-Match`. `key` is what follows
    /// `/media/` in the path, percent-decoded once; whether its table may be seen is the caller's question.
    ///
    /// # Errors
    /// [`ServeError`], each of which is a status of its own.
    pub async fn serve(&self, key: &str, method: &Method, headers: &HeaderMap) -> Result<Response<Body>, ServeError> {
        if method != Method::GET && method != Method::HEAD {
            return Err(ServeError::Method);
        }
        let key = Key::parse(key).ok_or(ServeError::NotFound)?;
        let partial = [header::RANGE, header::IF_NONE_MATCH].iter().any(|name| headers.contains_key(name));
        let opened = self.storage.open_file(&key, method == Method::GET && !partial).await?;
        let etag = format!("\"{}\"", key.hash);
        if range::none_match(headers, &etag) {
            return Ok(response(StatusCode::NOT_MODIFIED, &etag, Body::empty()));
        }
        let size = opened.size();
        // A range is defined for GET alone.
        let asked = if method == Method::GET { range::asked(headers, &etag, size) } else { Asked::All };
        let (status, part) = match asked {
            Asked::All => (StatusCode::OK, 0..size),
            Asked::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
            Asked::Outside => return Err(ServeError::Range { size }),
        };
        let length = part.end - part.start;
        let within = format!("bytes {}-{}/{size}", part.start, part.end.saturating_sub(1));
        let body = if method == Method::GET { Body::from_stream(opened.stream(part).await?) } else { Body::empty() };
        let mut response = response(status, &etag, body);
        let headers = response.headers_mut();
        describe(headers, key.format());
        headers.insert(header::CONTENT_LENGTH, length.into());
        if status == StatusCode::PARTIAL_CONTENT {
            headers.insert(header::CONTENT_RANGE, text(&within));
        }
        Ok(response)
    }
}

/// An answer with what stands in each of them.
fn response(status: StatusCode, etag: &str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::ETAG, text(etag));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHING));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

fn describe(headers: &mut HeaderMap, format: &'static Format) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(format)));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(disposition(format)));
}

/// The type that a file is served with. What is kept as text was read as UTF-8 to its end.
pub(super) fn content_type(format: &'static Format) -> &'static str {
    if format.is_text() { "text/plain; charset=utf-8" } else { format.content_type }
}

/// Whether a browser shows a file or saves it.
pub(super) fn disposition(format: &'static Format) -> &'static str {
    if format.is_inert() { "inline" } else { "attachment" }
}

fn text(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).expect("hashes and numbers are header text")
}

impl From<MediaError> for ServeError {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::Missing => Self::NotFound,
            MediaError::Storage(source) => Self::Storage(source),
            MediaError::Unavailable(source) => Self::Unavailable(source),
            error => Self::Storage(error.into()),
        }
    }
}

#[cfg(test)]
mod tests;
