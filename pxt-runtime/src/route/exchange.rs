//! An endpoint between a request and its response: decoded, done, shaped, and put into HTTP.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, Method};
use futures_util::FutureExt;

use super::action::Action;
use super::answer::Conditions;
use super::endpoint::Endpoint;
use super::job;
use super::jobs::{self, Address};
use super::kind;
use super::options;
use super::request::{self, Received};
use super::served::{Responder, Runs, Served, Work};
use crate::error::Result;

/// The endpoints of one path.
pub(crate) fn serve_endpoints(path: &str, endpoints: Vec<Arc<Endpoint>>) -> Served {
    let get_writes = endpoints.iter().any(|endpoint| endpoint.begins_by_get());
    let methods = endpoints.into_iter().map(|endpoint| (method(endpoint.method), responder(endpoint))).collect();
    Served { path: path.to_owned(), methods, get_writes, no_store: false }
}

fn method(method: options::Method) -> Method {
    match method {
        options::Method::Get => Method::GET,
        options::Method::Post => Method::POST,
    }
}

fn responder(endpoint: Arc<Endpoint>) -> Responder {
    Arc::new(move |request| read(endpoint.clone(), request).boxed())
}

/// Reads a request: what is wrong with it is told now.
async fn read(endpoint: Arc<Endpoint>, request: Request) -> Result<Work> {
    let address = endpoint.background.map(|_| Address::new(endpoint.app.settings(), &request));
    let conditions = Conditions { method: request.method().clone(), headers: conditions(&endpoint, &request) };
    let received = request::read(&endpoint, request).await?;
    Ok(match address {
        Some(address) => submit(endpoint, received, address),
        None => perform(endpoint, received, conditions),
    })
}

/// Does what the route is for. A write runs in a task of its own. Only images are not looked at for a client that has gone, and
/// nothing is computed that nobody stores.
fn perform(endpoint: Arc<Endpoint>, received: Received, conditions: Conditions) -> Work {
    let runs = match &endpoint.action {
        Action::Query(_) => Runs::WithRequest,
        action if action.minds_its_caller() => Runs::InTaskWithCaller,
        _ => Runs::InTask,
    };
    let goes_on = endpoint.action.goes_on();
    let work = async move {
        let (app, wire) = (&endpoint.app, received.wire);
        let answered = async {
            let done = kind::run(&endpoint, received, None).await?;
            let stored = done.stored(app.tables());
            let answer = async { done.answer(app, None).await?.respond(app, &conditions).await };
            answer.await.map_err(|error| kind::behind(stored, error))
        };
        answered.await.map_err(|error| wire.named(error, &endpoint.fields))
    };
    Work { future: work.boxed(), runs, goes_on }
}

/// Makes a job of what the route is for, and answers with its address. In a task of its own: a job that was stored is not left
/// with files that are not kept.
fn submit(endpoint: Arc<Endpoint>, received: Received, address: Address) -> Work {
    let work = async move {
        let wire = received.wire;
        let id = job::submit(&endpoint, received).await.map_err(|error| wire.named(error, &endpoint.fields))?;
        Ok(jobs::submitted(id, &address))
    };
    Work { future: work.boxed(), runs: Runs::InTask, goes_on: "; its job may still be submitted" }
}

/// What a request says of how it wants a file, where the answer is one.
fn conditions(endpoint: &Endpoint, request: &Request) -> HeaderMap {
    let is_file = matches!(&endpoint.action, Action::Query(query) if query.file);
    if is_file { request.headers().clone() } else { HeaderMap::new() }
}
