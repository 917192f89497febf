//! `/jobs`: the background jobs of a service, one by one, as a list, and as they go on.
//!
//! What a route answers with `background` is here too: 202, and where the job is. A client of the serving guide reads `status`
//! alone, which is `pending`, `done` or `error`; `state` beside it is finer.

mod address;
mod cancel;
mod events;
mod list;
mod prefer;
mod show;
mod view;

use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use futures_util::FutureExt;
use uuid::Uuid;

use super::answer::json;
use super::compression::compressed;
use super::methods::{options_of, wrong_method};
use super::problem::{ended, late, problem};
use super::request::drain;
use super::request_id::{self, RequestId};
use crate::app::App;
use crate::error::{Error, Result};

pub(super) use address::Address;
pub(crate) use address::JOBS;

/// The states and rates of jobs, as the clients of this application see them.
pub(crate) fn jobs_router(app: &App) -> Router {
    // axum answers HEAD by the handler of GET.
    let list = get(list::list).with_state(app.clone());
    let one = get(show::show).delete(cancel::cancel).with_state(app.clone());
    let events = get(events::events).with_state(app.clone());
    Router::new()
        .route(JOBS, list.options(options_of("GET,HEAD,OPTIONS")).fallback(wrong_method))
        .route("/jobs/{id}", one.options(options_of("GET,HEAD,DELETE,OPTIONS")).fallback(wrong_method))
        .route("/jobs/{id}/events", events.options(options_of("GET,HEAD,OPTIONS")).fallback(wrong_method))
}

/// The answer of a route whose work a job does: its id, and the address where it is asked for.
pub(super) fn submitted(id: Uuid, address: &Address) -> Response {
    let url = address.of(id);
    let mut response = json(serde_json::json!({"id": id, "job_url": url}).to_string().into_bytes());
    *response.status_mut() = StatusCode::ACCEPTED;
    if let Ok(location) = HeaderValue::try_from(url) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// What every answer about jobs has: the request's id, a problem in place of an error, and no place in a cache. The request's
/// body is read away.
async fn answered(app: &App, request: Request, work: impl Future<Output = Result<Response>>) -> Response {
    let id = RequestId::of(request.headers());
    let encodings = request.headers().get(header::ACCEPT_ENCODING).cloned();
    drain(request).await;
    let limit = app.settings().request_timeout;
    let work = tokio::time::timeout(limit, AssertUnwindSafe(work).catch_unwind());
    let result = work.await.unwrap_or_else(|_| Ok(Err(late(limit, "")))).unwrap_or_else(|_| Err(ended()));
    let mut response = match result {
        Ok(mut response) => {
            response.headers_mut().insert(request_id::HEADER, id.into_header());
            response
        }
        Err(error) => problem(&error, &id),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    match encodings {
        Some(encodings) => compressed(response, encodings).await,
        None => response,
    }
}

/// A job's id in a path. What is no id names no job.
fn id(path: Result<Path<String>, PathRejection>) -> Result<Uuid> {
    path.ok().and_then(|Path(text)| Uuid::try_parse(&text).ok()).ok_or_else(no_job)
}

fn no_job() -> Error {
    Error::new(404, "job_not_found", "there is no such job: finished ones are kept for some time only")
}
