//! `Prefer: wait=20` (RFC 7240, section 4.3): the client would rather wait than ask again.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName};

pub(super) const APPLIED: HeaderName = HeaderName::from_static("preference-applied");

const PREFER: HeaderName = HeaderName::from_static("prefer");

/// The longest time that an answer is held back.
const LONGEST: Duration = Duration::from_secs(60);

/// How long the client would wait, as far as requests of this length allow it. None when it does not say.
pub(super) fn wait(headers: &HeaderMap, request_timeout: Duration) -> Option<Duration> {
    let texts = headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok());
    // The first one counts (RFC 7240, section 2).
    let first =
        texts.flat_map(preferences).find_map(|(name, value)| name.eq_ignore_ascii_case("wait").then_some(value));
    let asked = Duration::from_secs(first?.parse().ok()?);
    // What is left is for the answer itself.
    Some(asked.min(LONGEST).min(request_timeout.mul_f64(0.9)))
}

/// The preferences of a header, by name and value, without their parameters.
fn preferences(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut quoted = false;
    let parts = text.split(move |c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    parts.map(|part| {
        let preference = part.split(';').next().unwrap_or_default();
        let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
        (name.trim(), value.trim().trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn what_a_client_prefers() {
        let minute = Duration::from_secs(60);
        let read = |texts: &[&'static str]| {
            let headers = texts.iter().map(|text| (PREFER, HeaderValue::from_static(text)));
            wait(&headers.collect(), minute).map(|time| time.as_secs())
        };
        assert_eq!(read(&["wait=20"]), Some(20));
        assert_eq!(read(&["respond-async, Wait = \"7\"; x=1"]), Some(7));
        assert_eq!(read(&["a=\"b, wait=3\"", "wait=0, wait=9"]), Some(0));
        assert_eq!(read(&["wait=3600"]), Some(54), "less than a request may take");
        for none in ["wait", "wait=soon", "wait=-1", "respond-async", ""] {
            assert_eq!(read(&[none]), None, "{none}");
        }
        assert_eq!(read(&[]), None);
    }
}
