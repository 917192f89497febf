//! What stands around every route: the guard, the request's id, a barrier against panics, the time of a request, the one shape of
//! failures, compression.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::compression::compressed;
use super::guard::Guard;
use super::problem::problem;
use super::request_id::{self, RequestId};
use crate::app::Settings;
use crate::compute::Caller;
use crate::error::{Error, Result};
use crate::route::{Responder, Runs, Served, Work, drain, responder};

/// What stands around the routes of a router.
#[derive(Clone)]
pub(crate) struct Around {
    guard: Guard,
    /// How long a request may take once it has been read.
    limit: Duration,
}

/// One method of a path as axum serves it.
#[derive(Clone)]
struct Route {
    around: Around,
    responder: Responder,
    /// See [`Served::get_writes`].
    get_writes: bool,
    /// See [`Served::no_store`].
    no_store: bool,
}

impl Around {
    /// For a service that listens at this address. None for a router that others serve.
    pub(crate) fn new(settings: &Settings, listens: Option<SocketAddr>) -> Self {
        Self { guard: Guard::new(settings, listens), limit: settings.request_timeout }
    }

    /// Whether requests are to be told where they arrived.
    pub(crate) fn asks_where_reached(&self) -> bool {
        self.guard.asks_where_reached()
    }

    /// What is served, as a router.
    pub(crate) fn router(&self, served: impl IntoIterator<Item = Served>) -> Router {
        served.into_iter().fold(Router::new(), |router, served| router.route(&served.path, self.methods(&served)))
    }

    /// The methods of a path. OPTIONS says which ones there are; others are refused.
    fn methods(&self, served: &Served) -> MethodRouter {
        let Served { get_writes, no_store, .. } = *served;
        let route = |responder| Route { around: self.clone(), responder, get_writes, no_store };
        let allow = allow(served);
        let others = route(refuse_method(served, allow.clone()));
        let mut router = MethodRouter::new();
        for (method, responder) in &served.methods {
            let filter = MethodFilter::try_from(method.clone()).expect("axum knows the methods of HTTP");
            // axum answers HEAD by what answers GET.
            router = router.on(filter, route(responder.clone()));
        }
        if get_writes {
            router = router.head(others.clone());
        }
        router.options(route(tell_methods(allow))).fallback(others)
    }

    /// Responds to a request that is of no path.
    pub(crate) async fn respond(&self, responder: Responder, request: Request) -> Response {
        let route = Route { around: self.clone(), responder, get_writes: false, no_store: false };
        route.respond(request).await
    }
}

impl Handler<(), ()> for Route {
    type Future = BoxFuture<'static, Response>;

    fn call(self, request: Request, (): ()) -> Self::Future {
        self.respond(request).boxed()
    }
}

impl Route {
    async fn respond(self, mut request: Request) -> Response {
        let id = RequestId::of(request.headers());
        let encodings = request.headers().get(header::ACCEPT_ENCODING).cloned();
        let result = match self.around.guard.judge(&request, self.get_writes) {
            Ok(()) => self.work(request).await,
            Err(error) => {
                drain(&mut request).await;
                Err(error)
            }
        };
        let mut response = match result {
            Ok(mut response) => {
                response.headers_mut().insert(request_id::HEADER, id.into_header());
                response
            }
            Err(error) => problem(&error, &id),
        };
        if self.no_store {
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        match encodings {
            Some(encodings) => compressed(response, encodings).await,
            None => response,
        }
    }

    /// Reads a request and does what it asks for. A panic is an error, and so is work that takes too long.
    async fn work(&self, request: Request) -> Result<Response> {
        let read = AssertUnwindSafe(async { (self.responder)(request).await });
        let work = read.catch_unwind().await.unwrap_or_else(|_| Err(panicked()))?;
        let (limit, goes_on) = (self.around.limit, work.goes_on);
        tokio::time::timeout(limit, done(work)).await.unwrap_or_else(|_| Err(late(limit, goes_on)))
    }
}

/// Work where it runs. A task goes on when this is dropped.
async fn done(work: Work) -> Result<Response> {
    let Work { future, runs, .. } = work;
    match runs {
        Runs::WithRequest => AssertUnwindSafe(future).catch_unwind().await.unwrap_or_else(|_| Err(panicked())),
        Runs::InTask => tokio::spawn(future).await.unwrap_or_else(|_| Err(panicked())),
        Runs::InTaskWithCaller => {
            let caller = Caller::default();
            tokio::spawn(caller.serve(future)).await.unwrap_or_else(|_| Err(panicked()))
        }
    }
}

fn panicked() -> Error {
    Error::internal("the work of a request panicked; the log has it above")
}

/// Work that took longer than a request may; `goes_on` says what becomes of it.
fn late(limit: Duration, goes_on: &str) -> Error {
    Error::new(504, "request_timeout", format!("the request took longer than {} s{goes_on}", limit.as_secs()))
}

/// The methods of a path, as `Allow` has them.
fn allow(served: &Served) -> HeaderValue {
    let mut allow = String::new();
    for (method, _) in &served.methods {
        allow.push_str(method.as_str());
        allow.push_str(if method == Method::GET && !served.get_writes { ",HEAD," } else { "," });
    }
    allow.push_str("OPTIONS");
    HeaderValue::try_from(allow).expect("names of methods are a header's value")
}

/// Responds to OPTIONS.
fn tell_methods(allow: HeaderValue) -> Responder {
    responder(move |_| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        response.headers_mut().insert(header::ALLOW, allow.clone());
        std::future::ready(Ok(response))
    })
}

/// 405 for a path that is served by other methods: says by which.
fn refuse_method(served: &Served, allow: HeaderValue) -> Responder {
    let methods: Vec<_> = served.methods.iter().map(|(method, _)| method.as_str()).collect();
    let methods = methods.join(" or ");
    responder(move |request| {
        let detail = format!("this path does not take {}: send {methods}", request.method());
        let error = Error::new(405, "method_not_allowed", detail);
        std::future::ready(Err(error.with_header(header::ALLOW, allow.clone())))
    })
}

#[cfg(test)]
mod tests;
