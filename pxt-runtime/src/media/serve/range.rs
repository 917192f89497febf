//! What the headers of a request ask of a file: RFC 9110, sections 13 and 14.

use std::ops::Range;

use axum::http::header::{self, HeaderMap};

/// Which part of a file is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// All of it: no range, one that is not understood, or several.
    All,
    /// These bytes, at least one.
    Part(Range<u64>),
    /// None that the file has.
    Outside,
}

/// Whether the client has the file: one of its tags is ours. The comparison is the weak one.
pub(crate) fn none_match(headers: &HeaderMap, etag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// The part that a GET asks for.
pub(super) fn asked(headers: &HeaderMap, etag: &str, size: u64) -> Asked {
    let mut ranges = headers.get_all(header::RANGE).iter();
    let (Some(range), None) = (ranges.next(), ranges.next()) else { return Asked::All };
    // No dates are sent, so a condition other than our tag belongs to something else.
    if headers.get(header::IF_RANGE).is_some_and(|condition| condition != etag) {
        return Asked::All;
    }
    range.to_str().ok().and_then(|range| single(range, size)).unwrap_or(Asked::All)
}

/// One range. None when it is not written as one.
fn single(range: &str, size: u64) -> Option<Asked> {
    let (unit, range) = range.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = range.trim().split_once('-')?;
    if first.is_empty() {
        let suffix = number(last)?.min(size);
        return Some(if suffix == 0 { Asked::Outside } else { Asked::Part(size - suffix..size) });
    }
    let first = number(first)?;
    let last = if last.is_empty() { u64::MAX } else { number(last)? };
    if last < first {
        return None;
    }
    Some(if first < size { Asked::Part(first..last.saturating_add(1).min(size)) } else { Asked::Outside })
}

/// Digits alone; more than fit mean the largest number.
fn number(digits: &str) -> Option<u64> {
    let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    valid.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(range: &str) -> Asked {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        asked(&headers, "\"x\"", 100)
    }

    #[test]
    fn ranges() {
        assert_eq!(of("bytes=0-0"), Asked::Part(0..1));
        assert_eq!(of("bytes=10-"), Asked::Part(10..100));
        assert_eq!(of("bytes=90-200"), Asked::Part(90..100));
        assert_eq!(of("bytes=-5"), Asked::Part(95..100));
        assert_eq!(of("bytes=-500"), Asked::Part(0..100));
        assert_eq!(of("bytes=0-99999999999999999999999"), Asked::Part(0..100));
        assert_eq!(of("bytes=100-"), Asked::Outside);
        assert_eq!(of("bytes=99999999999999999999999-"), Asked::Outside);
        assert_eq!(of("bytes=-0"), Asked::Outside);
        for ignored in
            ["bytes=5-4", "bytes=", "bytes=-", "bytes=a-b", "bytes=+1-2", "items=0-1", "bytes=0-1,5-6", "0-1"]
        {
            assert_eq!(of(ignored), Asked::All, "{ignored}");
        }
    }

    #[test]
    fn conditions() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, "bytes=0-0".parse().unwrap());
        headers.insert(header::IF_RANGE, "\"x\"".parse().unwrap());
        assert_eq!(asked(&headers, "\"x\"", 100), Asked::Part(0..1));
        assert_eq!(asked(&headers, "\"y\"", 100), Asked::All);

        headers.insert(header::IF_NONE_MATCH, "\"a\", W/\"x\"".parse().unwrap());
        assert!(none_match(&headers, "\"x\""));
        assert!(!none_match(&headers, "\"y\""));
        headers.insert(header::IF_NONE_MATCH, "*".parse().unwrap());
        assert!(none_match(&headers, "\"y\""));
    }
}
