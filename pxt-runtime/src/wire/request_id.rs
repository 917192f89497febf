//! The id that ties a request's answer to the log.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

/// A request's id: the client's own `x-request-id` if it is short and plain, else a new one.
#[derive(Clone)]
pub(super) struct RequestId(HeaderValue);

pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

impl RequestId {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let plain = |value: &&HeaderValue| {
            (1..=64).contains(&value.len())
                && value.as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte))
        };
        match headers.get(HEADER).filter(plain) {
            Some(value) => Self(value.clone()),
            None => Self::fresh(),
        }
    }

    /// A process has numbers of its own, by chance, and counts its requests: a new UUID each time would cost more than to read
    /// a request's fields. The count is scrambled, one to one, since it is nobody's business.
    pub(super) fn fresh() -> Self {
        static PROCESS: LazyLock<(u64, u64)> = LazyLock::new(|| Uuid::new_v4().as_u64_pair());
        static REQUESTS: AtomicU64 = AtomicU64::new(0);
        let (process, begin) = *PROCESS;
        let number = REQUESTS.fetch_add(1, Ordering::Relaxed).wrapping_add(begin).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut text = [0; 32];
        let text = Uuid::from_u64_pair(process, number).simple().encode_lower(&mut text);
        Self(HeaderValue::from_str(text).expect("hexadecimal digits are a header's value"))
    }

    pub(super) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    pub(super) fn into_header(self) -> HeaderValue {
        self.0
    }
}
