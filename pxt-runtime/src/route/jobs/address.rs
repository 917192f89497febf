//! The address of a job, as the client that submitted it can use it.
//!
//! The host that a client asked for comes back in it only when it is one of this service's, so that nobody is sent elsewhere by a
//! host that somebody else made up.

use axum::extract::{NestedPath, Request};
use uuid::Uuid;

use crate::app::Settings;
use crate::route::host::{Host, ReachedAt};

/// The path of the list of jobs; a job's is below it.
pub(crate) const JOBS: &str = "/jobs";

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
        let host = Host::of(request).filter(|host| host.is_ours(reached, &settings.allowed_hosts));
        Self(host.map_or_else(|| below.to_owned(), |host| format!("http://{host}{below}")))
    }

    pub(super) fn of(&self, id: Uuid) -> String {
        format!("{}{JOBS}/{id}", self.0)
    }
}
