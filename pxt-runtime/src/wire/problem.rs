//! The one shape of every failure: RFC 9457, `application/problem+json`.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::request_id::{self, RequestId};
use crate::error::Error;

/// The answer to a request that failed. What is the server's own fault is logged with its causes.
///
/// A mistake in the program and a condition that passes are logged in two places: an outage, of which the log leaves most lines out,
/// hides no mistake.
pub(super) fn problem(error: &Error, id: &RequestId) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (request_id, code) = (id.as_str(), error.code());
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(request_id, status = 500, code, cause = error.chain(), "request failed");
    } else if status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED {
        tracing::error!(request_id, status = status.as_u16(), code, cause = error.chain(), "request failed");
    }
    let mut response = Response::new(Body::from(error.problem(id.as_str())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(request_id::HEADER, id.clone().into_header());
    headers.extend(error.headers().iter().cloned());
    if let Some(seconds) = error.retry_after() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// So that hand-written handlers can return [`Error`].
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        problem(&self, &RequestId::fresh())
    }
}
