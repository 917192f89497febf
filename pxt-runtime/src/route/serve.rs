//! Endpoints as axum serves them: the straight line from request to response.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use axum::routing::MethodRouter;
use futures_util::FutureExt;

use super::action::Action;
use super::answer::Conditions;
use super::compression::compressed;
use super::endpoint::Endpoint;
use super::job;
use super::jobs::{self, Address};
use super::kind;
use super::methods::{Check, checked, options_of, others_than, wrong_method};
use super::options::Method;
use super::problem::{ended, late, problem};
use super::request::{self, Received, refuse};
use super::request_id::{self, RequestId};
use crate::compute::Caller;
use crate::error::Result;

/// The endpoints of one path, behind a check. OPTIONS says which methods there are; others are refused.
pub(crate) fn methods(endpoints: Vec<Arc<Endpoint>>, check: &Check) -> MethodRouter {
    let (mut methods, mut allow) = (MethodRouter::new(), Vec::new());
    let without_head = endpoints.iter().any(|endpoint| endpoint.begins_by_get());
    for endpoint in endpoints {
        let method = endpoint.method;
        let check = check.clone();
        let handler = move |request: Request| answer(endpoint.clone(), check.clone(), request);
        // axum answers HEAD by the handler of GET.
        (methods, _) = match method {
            Method::Get if without_head => (methods.get(handler), allow.push("GET")),
            Method::Get => (methods.get(handler), allow.extend(["GET", "HEAD"])),
            Method::Post => (methods.post(handler), allow.push("POST")),
        };
    }
    allow.push("OPTIONS");
    let allow = allow.join(",");
    methods = methods.options(checked(check, options_of(&allow)));
    if without_head {
        // GET begins a job, which HEAD would begin too, and nobody would learn of it.
        let others = checked(check, others_than(&allow));
        return methods.head(others.clone()).fallback(others);
    }
    methods.fallback(checked(check, wrong_method))
}

/// Answers a request that passes the check.
async fn answer(endpoint: Arc<Endpoint>, check: Check, request: Request) -> Response {
    if let Err(error) = check(&request) {
        return refuse(&error, request).await;
    }
    let id = RequestId::of(request.headers());
    let encodings = request.headers().get(header::ACCEPT_ENCODING).cloned();
    let address = endpoint.background.map(|_| Address::new(endpoint.app.settings(), &request));
    let conditions = Conditions { method: request.method().clone(), headers: conditions(&endpoint, &request) };
    let work = async {
        let received = request::read(&endpoint, request).await?;
        let wire = received.wire;
        let result = match address {
            Some(address) => submit(&endpoint, received, address).await,
            None => perform(&endpoint, received, conditions).await,
        };
        result.map_err(|error| wire.named(error, &endpoint.fields))
    };
    let result = AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| Err(ended()));
    let response = match result {
        Ok(mut response) => {
            response.headers_mut().insert(request_id::HEADER, id.into_header());
            response
        }
        Err(error) => problem(&error, &id),
    };
    match encodings {
        Some(encodings) => compressed(response, encodings).await,
        None => response,
    }
}

/// Does what the route is for. A write runs in a task of its own: a client that hangs up cannot stop it between two awaits. Only
/// images are not looked at for a client that has gone, and nothing is computed that nobody stores.
async fn perform(endpoint: &Arc<Endpoint>, received: Received, conditions: Conditions) -> Result<Response> {
    let limit = endpoint.app.settings().request_timeout;
    let own = endpoint.clone();
    // In a box: it is large, and would be copied at each step from here.
    let work = Box::pin(async move {
        let (app, done) = (&own.app, kind::run(&own, received, None).await?);
        let stored = done.stored(app.tables());
        let answer = async { done.shape(app.tables()).await?.respond(app, &conditions).await };
        answer.await.map_err(|error| kind::behind(stored, error))
    });
    let done = if let Action::Query(_) = endpoint.action {
        tokio::time::timeout(limit, work).await
    } else {
        let caller = endpoint.action.minds_its_caller().then(Caller::default);
        let task = match &caller {
            Some(caller) => tokio::spawn(caller.serve(work)),
            None => tokio::spawn(work),
        };
        tokio::time::timeout(limit, task).await.map(|result| result.unwrap_or_else(|_| Err(ended())))
    };
    done.unwrap_or_else(|_| Err(late(limit, endpoint.action.goes_on())))
}

/// Makes a job of what the route is for, and answers with its address. In a task of its own: a job that was stored is not left
/// with files that are not kept.
async fn submit(endpoint: &Arc<Endpoint>, received: Received, address: Address) -> Result<Response> {
    let limit = endpoint.app.settings().request_timeout;
    let task = tokio::spawn(job::submit(endpoint.clone(), received));
    let done = tokio::time::timeout(limit, task).await.map(|result| result.unwrap_or_else(|_| Err(ended())));
    let id = done.unwrap_or_else(|_| Err(late(limit, "; its job may still be submitted")))?;
    Ok(jobs::submitted(id, &address))
}

/// What a request says of how it wants a file, where the answer is one.
fn conditions(endpoint: &Endpoint, request: &Request) -> HeaderMap {
    let is_file = matches!(&endpoint.action, Action::Query(query) if query.file);
    if is_file { request.headers().clone() } else { HeaderMap::new() }
}
