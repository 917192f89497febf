//! `GET /jobs/{id}/events`: server-sent events (the HTML standard, section 9.2) of a job's states and progress.
//!
//! An event's id follows from what it says and not from a count, so that a client may come back to another node.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, stream};

use super::{id, no_job, view};
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::Job;

/// How long nothing is sent. Proxies close connections that are silent for a minute.
const SILENCE: Duration = Duration::from_secs(15);

/// How soon a client that lost the connection comes back.
const RETRY: Duration = Duration::from_secs(1);

/// nginx hands parts of an answer on at once when it is told so.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

pub(super) async fn events(app: App, mut request: Request) -> Result<Response> {
    let last = last_seen(request.headers());
    let mut seen = Box::pin(app.jobs().watch(id(&mut request).await?));
    let first = seen.next().await.ok_or_else(no_job)??;
    if first.state.is_finished() && last.is_some_and(|last| last == state_id(&first)) {
        // The client has seen the end: by this it does not come back (section 9.2.3).
        let mut response = Response::default();
        *response.status_mut() = StatusCode::NO_CONTENT;
        return Ok(response);
    }
    let begin = state_event(&first)?.retry(RETRY);
    let told = stream::iter([begin]).chain(changes(first, seen)).map(Ok::<_, Infallible>);
    let keep_alive = KeepAlive::new().interval(SILENCE).text("still there");
    let mut response = Sse::new(told).keep_alive(keep_alive).into_response();
    response.headers_mut().insert(BUFFERING, HeaderValue::from_static("no"));
    Ok(response)
}

/// The last event that a client which comes back has seen.
fn last_seen(headers: &HeaderMap) -> Option<String> {
    headers.get("last-event-id")?.to_str().ok().map(str::to_owned)
}

/// An event for each change of a job. An error of the database ends them: the client comes back and asks anew.
fn changes(
    first: Job,
    seen: impl Stream<Item = Result<Job>> + Send + Unpin + 'static,
) -> impl Stream<Item = Event> + Send + 'static {
    stream::unfold((first, seen), |(mut before, mut seen)| async move {
        loop {
            let job = seen.next().await?;
            let event = job.and_then(|job| change(&std::mem::replace(&mut before, job.clone()), &job));
            match event {
                Ok(Some(event)) => return Some((event, (before, seen))),
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(cause = error.chain(), "the events of a job broke off");
                    return None;
                }
            }
        }
    })
}

/// What has changed of a job, if it is told.
fn change(before: &Job, job: &Job) -> Result<Option<Event>> {
    if (before.state, before.attempts) != (job.state, job.attempts) {
        return state_event(job).map(Some);
    }
    let Some(progress) = job.progress.as_ref().filter(|progress| before.progress.as_ref() != Some(progress)) else {
        return Ok(None);
    };
    let data = serde_json::to_string(progress).map_err(Error::internal)?;
    Ok(Some(Event::default().event("progress").id(format!("{}-{}", state_id(job), progress.done)).data(data)))
}

fn state_event(job: &Job) -> Result<Event> {
    Ok(Event::default().event("state").id(state_id(job)).data(view::whole(job)?))
}

fn state_id(job: &Job) -> String {
    format!("{}-{}", job.attempts, job.state.word())
}
