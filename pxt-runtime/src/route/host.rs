//! The hosts by which clients reach the service.
//!
//! A client chooses the `Host` that it sends, and a page chooses the name that leads its visitors here. What a host decides, the
//! address of a job or whether a request is taken at all, is decided by these few lines alone.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::Request;
use axum::http::header;

/// Where the connection of a request arrived, as an extension of it.
#[derive(Clone, Copy)]
pub(crate) struct ReachedAt(pub(crate) SocketAddr);

/// A host, with a port or without, as `Host` has it (RFC 9110, section 7.2).
#[derive(Clone, Copy)]
pub(crate) struct Host<'h> {
    text: &'h str,
    /// A name or an IPv4 address, or an IPv6 address between brackets.
    pub(crate) name: &'h str,
    /// None where none is written, which is that of the scheme.
    pub(crate) port: Option<u16>,
}

impl<'h> Host<'h> {
    /// None for what is no host: nothing, a user's name before one, a path behind it, a port above 65535.
    pub(crate) fn parse(text: &'h str) -> Option<Self> {
        let end = if text.starts_with('[') { text.find(']')? + 1 } else { text.find(':').unwrap_or(text.len()) };
        let (name, rest) = text.split_at(end);
        let port = match rest.strip_prefix(':') {
            None if rest.is_empty() => None,
            Some("") => None,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(digits.parse().ok()?),
            _ => return None,
        };
        let is_host = match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            // RFC 3986, section 3.2.2: letters, digits, and what stands for itself there.
            None => {
                !name.is_empty()
                    && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(&byte))
            }
        };
        is_host.then_some(Self { text, name, port })
    }

    /// The host that a request asks for: that of a whole address in its first line, else its `Host`.
    pub(crate) fn of(request: &'h Request) -> Option<Self> {
        match request.uri().authority() {
            Some(authority) => Self::parse(authority.as_str()),
            None => Self::parse(request.headers().get(header::HOST)?.to_str().ok()?),
        }
    }

    /// Whether it is this machine, the address that the connection arrived at, or one that the configuration allows: with the
    /// port that is written there, else with any.
    pub(crate) fn is_ours(&self, reached: Option<SocketAddr>, allowed: &[String]) -> bool {
        self.is_this_machine()
            || reached.is_some_and(|reached| self.is_reached(reached))
            || allowed.iter().any(|host| host.eq_ignore_ascii_case(self.name) || host.eq_ignore_ascii_case(self.text))
    }

    /// What resolves to the loopback address whoever asks: `localhost` and what is below it (RFC 6761, section 6.3), and the address.
    fn is_this_machine(&self) -> bool {
        let last = self.name.rsplit('.').next();
        last.is_some_and(|last| last.eq_ignore_ascii_case("localhost")) || self.ip().is_some_and(|ip| ip.is_loopback())
    }

    fn is_reached(&self, reached: SocketAddr) -> bool {
        self.ip() == Some(reached.ip().to_canonical()) && self.port.unwrap_or(80) == reached.port()
    }

    fn ip(&self) -> Option<IpAddr> {
        self.name.trim_matches(['[', ']']).parse().ok()
    }
}

impl std::fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text)
    }
}

/// Whether a text names a host, as [`Config::allowed_hosts`](crate::Config::allowed_hosts) takes them: no pattern.
pub(crate) fn is_host(text: &str) -> bool {
    !text.contains('*') && Host::parse(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(host: &str) -> bool {
        let allowed = ["api.example.com".to_owned(), "files.example.com:8443".to_owned()];
        let reached = "192.0.2.7:8000".parse().expect("an address");
        Host::parse(host).expect("a host").is_ours(Some(reached), &allowed)
    }

    #[test]
    fn hosts_of_this_service() {
        for host in ["localhost:8000", "LOCALHOST", "films.localhost:8000", "127.0.0.1:1", "127.8.9.1", "[::1]:8000"] {
            assert!(ours(host), "{host}");
        }
        for host in ["192.0.2.7:8000", "api.example.com", "API.example.com:9000", "files.example.com:8443"] {
            assert!(ours(host), "{host}");
        }
        for host in ["evil.example", "192.0.2.7", "192.0.2.7:9000", "files.example.com", "localhost.evil.example"] {
            assert!(!ours(host), "{host}");
        }
        for host in ["notlocalhost", "0.0.0.0:8000", "[::]:8000", "127.0.0.1.evil.example", "2130706433", "localhost."]
        {
            assert!(!ours(host), "{host}");
        }
    }

    #[test]
    fn what_is_no_host() {
        for text in
            ["localhost@evil.example", "a b", "", ":80", "a:b", "a:80:80", "a:65536", "[::1", "[x]", "[::1]x", "a/b"]
        {
            assert!(Host::parse(text).is_none(), "{text}");
        }
        let port = |text| Host::parse(text).expect("a host").port;
        assert_eq!((port("a"), port("a:"), port("[::1]:8000")), (None, None, Some(8000)));
    }

    #[test]
    fn what_may_be_allowed() {
        assert!(is_host("api.example.com") && is_host("api.example.com:8443") && is_host("[::1]"));
        for text in ["", "https://api.example.com", "api.example.com/x", "*", "*.example.com", "a@b"] {
            assert!(!is_host(text), "{text}");
        }
    }
}
