//! Which pages may ask: none of another origin that a browser lets write here, and none whose name leads here by a trick.
//!
//! Browsers send forms and simple requests to any address, this machine's among them, and let a name be resolved anew between
//! two requests ("DNS rebinding"). They say so: by `Sec-Fetch-Site`, `Origin` and `Host`, which no page can write. Who sends none
//! of the first two is no browser, and may do what it could do anyway.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderName, Method, header};

use super::Origin;
use crate::app::Settings;
use crate::error::Error;
use crate::route::{Host, ReachedAt};

const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What judges requests before they are read.
#[derive(Clone)]
pub(crate) struct Guard {
    rules: Arc<Rules>,
}

struct Rules {
    /// Origins whose pages may write, beside those of the host that is asked.
    origins: Vec<String>,
    /// Hosts by which the service is reached, beside this machine and the address that a connection arrived at.
    hosts: Vec<String>,
    /// Whether other hosts are refused.
    only_these: bool,
    is_local: bool,
}

impl Guard {
    /// The check for a service that listens at this address. None for a router that others serve.
    pub(crate) fn new(settings: &Settings, listens: Option<SocketAddr>) -> Self {
        let public = settings.public_url.as_deref().and_then(Origin::of_url);
        let own = public.map(|public| format!("{}://{}", public.scheme, public.host));
        let hosts = settings.allowed_hosts.iter().cloned().chain(public.map(|public| public.host.name.to_owned()));
        let hosts: Vec<String> = hosts.collect();
        let is_local = listens.is_some_and(|address| address.ip().to_canonical().is_loopback());
        let rules = Rules {
            origins: settings.allowed_origins.iter().cloned().chain(own).collect(),
            only_these: is_local || !hosts.is_empty(),
            hosts,
            is_local,
        };
        Self { rules: Arc::new(rules) }
    }

    /// Whether requests are to be told where they arrived. On the loopback address, every such address is this machine.
    pub(crate) fn asks_where_reached(&self) -> bool {
        self.rules.only_these && !self.rules.is_local
    }

    /// Refuses what another origin's page may not ask. `get_writes` says whether GET does what such pages are to be kept from.
    pub(super) fn judge(&self, request: &Request, get_writes: bool) -> Result<(), Error> {
        if self.rules.only_these && !self.rules.is_reached_by(request) {
            return Err(Error::new(
                421,
                "misdirected",
                "the service is not reached by this host: name the host in `Config::allowed_hosts`, or `public_url`",
            ));
        }
        let is_safe = match *request.method() {
            Method::GET => !get_writes,
            Method::HEAD | Method::OPTIONS => true,
            _ => false,
        };
        if !is_safe && self.rules.is_from_elsewhere(request) {
            return Err(Error::new(
                403,
                "cross_origin",
                "a page of another origin may not ask this: name its origin in `Config::allowed_origins`; if it is of this \
                 service itself, behind a proxy that changes `Host`, set `public_url`",
            ));
        }
        Ok(())
    }
}

impl Rules {
    /// Whether the request asks for a host of this service. What has none did not come from a browser.
    fn is_reached_by(&self, request: &Request) -> bool {
        let Some(host) = Host::of(request) else {
            return request.uri().authority().is_none() && !request.headers().contains_key(header::HOST);
        };
        let reached = request.extensions().get::<ReachedAt>().map(|ReachedAt(address)| *address);
        host.is_ours(reached, &self.hosts)
    }

    /// Whether the browser says that a page of another origin asks.
    fn is_from_elsewhere(&self, request: &Request) -> bool {
        let headers = request.headers();
        let elsewhere = headers.get(SITE).is_some_and(|site| matches!(site.as_bytes(), b"cross-site" | b"same-site"));
        let Some(origin) = headers.get(header::ORIGIN) else { return elsewhere };
        let Some(origin) = origin.to_str().ok().and_then(Origin::parse) else { return true };
        let is_own = !elsewhere && Host::of(request).is_some_and(|host| origin.is_at(&host));
        !is_own && !self.origins.iter().filter_map(|listed| Origin::parse(listed)).any(|listed| listed.is(&origin))
    }
}
