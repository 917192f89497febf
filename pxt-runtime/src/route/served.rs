//! What is served, as data: a path, its methods, and who responds to each. `wire` puts around it what all responses have in common.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::Method;
use axum::response::Response;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::request::drain;
use crate::error::Result;

/// A path and who responds there.
pub(crate) struct Served {
    pub(crate) path: String,
    /// HEAD is answered by who responds to GET.
    pub(crate) methods: Vec<(Method, Responder)>,
    /// Whether GET does what pages of other origins are kept from. HEAD would do it too, and is not answered.
    pub(crate) get_writes: bool,
    /// Whether no cache may keep a response.
    pub(crate) no_store: bool,
}

/// Reads a request, and returns what it asks for.
pub(crate) type Responder = Arc<dyn Fn(Request) -> BoxFuture<'static, Result<Work>> + Send + Sync>;

/// What a request asks for, once it has been read. The time limit of requests holds for it.
pub(crate) struct Work {
    pub(crate) future: BoxFuture<'static, Result<Response>>,
    pub(crate) runs: Runs,
    /// What becomes of it when its time is over, for the client.
    pub(crate) goes_on: &'static str,
}

/// Where work runs.
pub(crate) enum Runs {
    /// With its request, and ends with it.
    WithRequest,
    /// In a task of its own: a client that hangs up cannot stop it between two awaits.
    InTask,
    /// The same, and it can ask whether its client still waits.
    InTaskWithCaller,
}

impl Served {
    /// A path that answers GET and HEAD.
    pub(crate) fn get(path: &str, responder: Responder) -> Self {
        Self { path: path.to_owned(), methods: vec![(Method::GET, responder)], get_writes: false, no_store: false }
    }
}

/// Who responds to requests that have no body to be read. What there is of one is read away.
pub(crate) fn responder<F>(respond: impl Fn(Request) -> F + Clone + Send + Sync + 'static) -> Responder
where
    F: Future<Output = Result<Response>> + Send + 'static,
{
    Arc::new(move |mut request| {
        let respond = respond.clone();
        let read = async move {
            drain(&mut request).await;
            Ok(Work { future: respond(request).boxed(), runs: Runs::WithRequest, goes_on: "" })
        };
        read.boxed()
    })
}
