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

use axum::RequestExt as _;
use axum::extract::{Path, Request};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use uuid::Uuid;

use super::answer::json;
use super::served::{Responder, Served, responder};
use crate::app::App;
use crate::error::{Error, Result};

pub(super) use address::Address;
pub(crate) use address::JOBS;

/// The jobs of this application, as its clients see them.
pub(crate) fn serve_jobs(app: &App) -> [Served; 3] {
    let served = |path: &str, methods| Served { path: path.to_owned(), methods, get_writes: false, no_store: true };
    let (list, show, cancel) = (with(app, list::list), with(app, show::show), with(app, cancel::cancel));
    [
        served(JOBS, vec![(Method::GET, list)]),
        served("/jobs/{id}", vec![(Method::GET, show), (Method::DELETE, cancel)]),
        served("/jobs/{id}/events", vec![(Method::GET, with(app, events::events))]),
    ]
}

fn with<F>(app: &App, respond: fn(App, Request) -> F) -> Responder
where
    F: Future<Output = Result<Response>> + Send + 'static,
{
    let app = app.clone();
    responder(move |request| respond(app.clone(), request))
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

/// A job's id in a path. What is no id names no job.
async fn id(request: &mut Request) -> Result<Uuid> {
    let path = request.extract_parts::<Path<String>>().await.ok();
    path.and_then(|Path(text)| Uuid::try_parse(&text).ok()).ok_or_else(no_job)
}

fn no_job() -> Error {
    Error::new(404, "job_not_found", "there is no such job: finished ones are kept for some time only")
}
