//! Where a page comes from, as its browser says it: scheme, host and port (RFC 6454).

use crate::route::Host;

/// An origin. `null`, which pages without one send, is none.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'o> {
    pub(crate) scheme: &'o str,
    pub(crate) host: Host<'o>,
}

impl<'o> Origin<'o> {
    /// The origin that a text is.
    pub(crate) fn parse(text: &'o str) -> Option<Self> {
        let (scheme, host) = text.split_once("://")?;
        let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        is_scheme.then_some(Self { scheme, host: Host::parse(host)? })
    }

    /// The origin of what is below a URL.
    pub(crate) fn of_url(url: &'o str) -> Option<Self> {
        let host = url.find("://")? + 3;
        let end = url[host..].find(['/', '?', '#']).map_or(url.len(), |end| host + end);
        Self::parse(&url[..end])
    }

    /// Whether two texts are one origin.
    pub(crate) fn is(&self, other: &Origin<'_>) -> bool {
        self.scheme.eq_ignore_ascii_case(other.scheme) && self.is_at(&other.host)
    }

    /// Whether it is at a host that was asked by the same scheme. Who serves does not know it: a proxy may end TLS.
    pub(crate) fn is_at(&self, host: &Host<'_>) -> bool {
        let port = |host: &Host<'_>| host.port.or_else(|| self.default_port());
        self.host.name.eq_ignore_ascii_case(host.name) && port(&self.host) == port(host)
    }

    fn default_port(&self) -> Option<u16> {
        match self.scheme {
            scheme if scheme.eq_ignore_ascii_case("http") => Some(80),
            scheme if scheme.eq_ignore_ascii_case("https") => Some(443),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin<'_> {
        Origin::parse(text).unwrap_or_else(|| panic!("{text} is an origin"))
    }

    #[test]
    fn one_origin_has_several_texts() {
        let app = origin("https://app.example.com");
        for same in ["https://app.example.com:443", "HTTPS://APP.example.com"] {
            assert!(app.is(&origin(same)), "{same}");
        }
        for other in ["http://app.example.com", "https://app.example.com:80", "https://example.com"] {
            assert!(!app.is(&origin(other)), "{other}");
        }
        assert!(origin("tauri://localhost").is(&origin("tauri://localhost")));
        assert!(Origin::of_url("https://app.example.com/below?x").is_some_and(|below| below.is(&app)));
    }

    #[test]
    fn the_port_of_a_host_is_that_of_the_scheme() {
        let at = |text, host| origin(text).is_at(&Host::parse(host).expect("a host"));
        assert!(
            at("https://a", "a") && at("https://a", "a:443") && at("http://a", "a:80") && at("http://a:8000", "A:8000")
        );
        assert!(
            !at("https://a", "a:80") && !at("http://a", "a:8000") && !at("http://a:8000", "a") && !at("http://a", "b")
        );
        assert!(at("http://[::1]:8000", "[::1]:8000"));
    }

    #[test]
    fn what_is_no_origin() {
        for text in ["null", "", "*", "app.example.com", "https://", "https://a/b", "https://a/", "://a", "https://u@a"]
        {
            assert!(Origin::parse(text).is_none(), "{text}");
        }
    }
}
