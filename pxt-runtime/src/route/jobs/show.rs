//! `GET /jobs/{id}`: a job as it is, or as it will soon be for those who wait.

use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use jiff::Timestamp;

use super::{id, no_job, prefer, view};
use crate::app::App;
use crate::error::Result;
use crate::jobs::{Job, JobState};
use crate::route::answer::json;

pub(super) async fn show(app: App, mut request: Request) -> Result<Response> {
    let wait = prefer::wait(request.headers(), app.settings().request_timeout);
    let id = id(&mut request).await?;
    let job = match wait {
        Some(most) => app.jobs().wait(id, most).await?,
        None => app.jobs().get(id).await?,
    };
    let mut response = of(&job.ok_or_else(no_job)?, app.jobs().now())?;
    if wait.is_some() {
        response.headers_mut().insert(prefer::APPLIED, HeaderValue::from_static("wait"));
    }
    Ok(response)
}

/// A job as the answer, with the time after which to ask again; `now` is that of the clock of jobs.
pub(super) fn of(job: &Job, now: Timestamp) -> Result<Response> {
    let mut response = json(view::whole(job)?.into_bytes());
    if !job.state.is_finished() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(pause(job, now)));
    }
    Ok(response)
}

/// Seconds: one, or as long as the job waits for its next attempt.
fn pause(job: &Job, now: Timestamp) -> u64 {
    let due = job.due_at.duration_since(now).as_secs();
    if job.state == JobState::Pending { u64::try_from(due).unwrap_or(0).max(1) } else { 1 }
}
