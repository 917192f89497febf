//! A job as clients read it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::compute::Progress;
use crate::error::{Error, Result};
use crate::jobs::{Job, JobState};

/// `{"id": …, "status": "pending", …}`; `result`, `error`, `problem`, `progress` and
/// `stored` only where there is one.
#[derive(Serialize)]
struct View<'j> {
    id: Uuid,
    /// As the serving guide has it: `pending`, `done` or `error`.
    status: &'static str,
    state: &'static str,
    route: &'j str,
    created_at: Timestamp,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    attempts: u32,
    /// Whether the row of a job that has no result is there all the same.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stored: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<&'j Progress>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'j RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'j RawValue>,
}

/// What is read of a problem for its text.
#[derive(Deserialize)]
struct Failure {
    detail: String,
    #[serde(default)]
    errors: Vec<Field>,
}

#[derive(Deserialize)]
struct Field {
    pointer: Option<String>,
    parameter: Option<String>,
    detail: String,
}

/// The job as JSON.
pub(super) fn whole(job: &Job) -> Result<String> {
    write(job, job.result.as_deref())
}

/// The same without its result, as one of many.
pub(super) fn entry(job: &Job) -> Result<String> {
    write(job, None)
}

fn write(job: &Job, result: Option<&RawValue>) -> Result<String> {
    let view = View {
        id: job.id,
        status: status(job.state),
        state: job.state.word(),
        route: &job.route,
        created_at: job.created_at,
        started_at: job.started_at,
        finished_at: job.finished_at,
        attempts: job.attempts,
        stored: job.stored && status(job.state) == "error",
        progress: job.progress.as_ref(),
        result,
        error: text(job),
        problem: job.error.as_deref(),
    };
    serde_json::to_string(&view).map_err(Error::internal)
}

fn status(state: JobState) -> &'static str {
    match state {
        JobState::Pending | JobState::Running => "pending",
        JobState::Done => "done",
        JobState::Error | JobState::Cancelled => "error",
    }
}

/// Why there is no result, in words.
fn text(job: &Job) -> Option<String> {
    if job.state == JobState::Cancelled {
        return Some("the job was cancelled".to_owned());
    }
    let failure: Failure = serde_json::from_str(job.error.as_deref()?.get()).ok()?;
    let mut text = failure.detail;
    for field in failure.errors {
        let name = field.pointer.or(field.parameter).unwrap_or_default();
        text.push_str(&format!("; {name} {}", field.detail));
    }
    Some(text)
}
