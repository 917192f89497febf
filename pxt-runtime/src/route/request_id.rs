//! The id that ties a request's answer to the log.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

/// A request's id: the client's own `x-request-id` if it is short and plain, else a new one.
#[derive(Clone)]
pub(crate) struct RequestId(HeaderValue);

pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

impl RequestId {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let plain = |value: &&HeaderValue| {
            (1..=64).contains(&value.len())
                && value.as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte))
        };
        match headers.get(HEADER).filter(plain) {
            Some(value) => Self(value.clone()),
            None => Self::fresh(),
        }
    }

    pub(crate) fn fresh() -> Self {
        let mut buffer = Uuid::encode_buffer();
        let text = Uuid::now_v7().simple().encode_lower(&mut buffer);
        Self(HeaderValue::from_str(text).expect("hexadecimal digits are a header's value"))
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    pub(crate) fn into_header(self) -> HeaderValue {
        self.0
    }
}
