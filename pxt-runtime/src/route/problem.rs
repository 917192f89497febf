//! The one shape of every failure: RFC 9457, `application/problem+json`.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::request_id::{self, RequestId};
use crate::error::{Error, FieldError};

#[derive(Serialize)]
struct Problem<'a> {
    /// A stable code.
    r#type: &'a str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    #[serde(skip_serializing_if = "Option::is_none")]
    stored: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a serde_json::Value>,
    request_id: &'a str,
}

/// The answer to a request that failed. What is the server's own fault is logged with its causes.
pub(crate) fn problem(error: &Error, id: &RequestId) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if status.is_server_error() {
        tracing::error!(
            request_id = id.as_str(),
            status = status.as_u16(),
            code = error.code(),
            cause = error.chain(),
            "request failed"
        );
    }
    let problem = Problem {
        r#type: error.code(),
        title: status.canonical_reason().unwrap_or("Error"),
        status: status.as_u16(),
        detail: error.detail(),
        errors: error.fields(),
        stored: error.stored().map(|_| true),
        key: error.stored(),
        request_id: id.as_str(),
    };
    // The parts are text, numbers and trees of them: serialization has nothing to fail on.
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(request_id::HEADER, id.clone().into_header());
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
