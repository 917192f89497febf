//! The address of a job, as the client that submitted it can use it.
//!
//! A client chooses the `Host` that it sends. It comes back in an address only when it is one of this service's names, so that
//! nobody is sent elsewhere by a host that somebody else made up.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{NestedPath, Request};
use axum::http::header;
use axum::http::uri::Authority;
use uuid::Uuid;

use super::JOBS;
use crate::table::Settings;

/// Where the connection of a request arrived, as an extension of it.
#[derive(Clone, Copy)]
pub(crate) struct ReachedAt(pub(crate) SocketAddr);

/// What stands before the path of a job.
pub(in crate::route) struct Address(String);

impl Address {
    /// The configured address; else that of the request, if its host is ours; else nothing, so that addresses are paths.
    pub(in crate::route) fn new(settings: &Settings, request: &Request) -> Self {
        if let Some(url) = &settings.public_url {
            return Self(url.clone());
        }
        let below = request.extensions().get::<NestedPath>().map_or("", NestedPath::as_str).trim_end_matches('/');
        let reached = request.extensions().get::<ReachedAt>().map(|ReachedAt(address)| *address);
        let host = host(request).filter(|host| is_ours(host, reached, &settings.allowed_hosts));
        Self(host.map_or_else(|| below.to_owned(), |host| format!("http://{host}{below}")))
    }

    pub(super) fn of(&self, id: Uuid) -> String {
        format!("{}{JOBS}/{id}", self.0)
    }
}

/// The host that the client asked for, with its port.
fn host(request: &Request) -> Option<Authority> {
    let written = match request.uri().authority() {
        Some(authority) => authority.clone(),
        None => request.headers().get(header::HOST)?.to_str().ok()?.parse().ok()?,
    };
    // Not the name of a user, by which one host looks like another.
    (!written.as_str().contains('@')).then_some(written)
}

/// Whether a host is this machine, the address that the connection arrived at, or one that the configuration allows: with the
/// port that is written there, else with any.
fn is_ours(host: &Authority, reached: Option<SocketAddr>, allowed: &[String]) -> bool {
    let name = host.host();
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    if let Ok(ip) = name.trim_matches(['[', ']']).parse::<IpAddr>() {
        let is_reached = reached.is_some_and(|at| at.ip().to_canonical() == ip && at.port() == port(host));
        if ip.is_loopback() || is_reached {
            return true;
        }
    }
    allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(name) || allowed.eq_ignore_ascii_case(host.as_str()))
}

fn port(host: &Authority) -> u16 {
    host.port_u16().unwrap_or(80)
}

/// Whether a text names a host, with or without a port, as [`Config::allowed_hosts`](crate::Config::allowed_hosts) takes them.
pub(crate) fn is_host(text: &str) -> bool {
    text.parse::<Authority>().is_ok_and(|host| !host.host().is_empty() && !text.contains(['@', '*']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(host: &str) -> bool {
        let allowed = ["api.example.com".to_owned(), "files.example.com:8443".to_owned()];
        let reached = "192.0.2.7:8000".parse().expect("an address");
        is_ours(&host.parse().expect("a host"), Some(reached), &allowed)
    }

    #[test]
    fn hosts_of_this_service() {
        for host in ["localhost:8000", "LOCALHOST", "127.0.0.1:1", "127.8.9.1", "[::1]:8000", "192.0.2.7:8000"] {
            assert!(ours(host), "{host}");
        }
        for host in ["api.example.com", "API.example.com:9000", "files.example.com:8443"] {
            assert!(ours(host), "{host}");
        }
        for host in ["evil.example", "192.0.2.7", "192.0.2.7:9000", "files.example.com", "localhost.evil.example"] {
            assert!(!ours(host), "{host}");
        }
    }

    #[test]
    fn a_user_is_no_host() {
        let request = |host: &str| Request::get("/").header("host", host).body(axum::body::Body::empty());
        assert!(host(&request("localhost@evil.example").expect("a request")).is_none());
        assert!(host(&request("a b").expect("a request")).is_none());
        assert!(host(&request("localhost").expect("a request")).is_some());
    }

    #[test]
    fn what_may_be_allowed() {
        assert!(is_host("api.example.com") && is_host("api.example.com:8443") && is_host("[::1]"));
        for text in ["", "https://api.example.com", "api.example.com/x", "*", "*.example.com", "a@b"] {
            assert!(!is_host(text), "{text}");
        }
    }
}
