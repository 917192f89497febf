//! What each kind of route does with a decoded request; a file each. What it came to is shaped behind that.

mod compute;
mod delete;
mod insert;
mod query;
mod update;

use super::action::{Action, RowAction};
use super::answer::{Answer, Json};
use super::endpoint::Endpoint;
use super::fields::{Fields, Input};
use super::request::Received;
use crate::app::App;
use crate::error::{Error, Result};
use crate::export::Queued;
use crate::jobs::{JobCommit, Task};
use crate::table::{Commit, Tables};
use crate::value::{Row, Value};
use uuid::Uuid;

pub(super) use delete::refuse_versions;
pub(super) use query::is_matchable;
pub(super) use update::refuse_unchanged;

/// What the work of a route came to.
pub(super) enum Done<'e> {
    /// A row is stored.
    Stored(Stored<'e>),
    /// A row is computed.
    Computed(&'e RowAction, Row),
    /// So many rows are deleted.
    Deleted(u64),
    /// A question is answered.
    Answered(Answer),
}

/// A row that is stored.
pub(super) struct Stored<'e> {
    action: &'e RowAction,
    row: Row,
    /// As far as that is known.
    version: Option<i64>,
    /// What the outbox has of the answer.
    queued: Option<Queued>,
}

/// Does what a request asks for, as a part of a job if there is one.
pub(super) async fn run<'e>(endpoint: &'e Endpoint, received: Received, job: Option<&Task>) -> Result<Done<'e>> {
    let Endpoint { app, fields, .. } = endpoint;
    match &endpoint.action {
        Action::Insert(action) => insert::run(endpoint, action, received, job).await,
        Action::Update(action) => update::run(endpoint, action, received, job).await,
        Action::Compute(action) => compute::run(app, fields, action, received, job).await,
        Action::Delete(table) => delete::run(app, fields, table, received, job).await.map(Done::Deleted),
        Action::Query(action) => query::run(endpoint, action, received).await.map(Done::Answered),
    }
}

impl Done<'_> {
    /// The key of the row that is stored. What fails behind that leaves the row, and says so.
    pub(super) fn stored(&self, tables: &Tables) -> Option<serde_json::Value> {
        if let Self::Stored(stored) = self { Some(tables.key_json(&stored.action.table, &stored.row)) } else { None }
    }

    /// Shapes the answer, and exports it.
    pub(super) async fn answer(self, app: &App, job: Option<Uuid>) -> Result<Answer> {
        let export = match &self {
            Self::Stored(Stored { action, queued, .. }) => action.export(queued.as_ref(), job),
            Self::Computed(..) | Self::Deleted(_) | Self::Answered(_) => None,
        };
        let answer = self.shape(app.tables());
        match export {
            Some(export) => export.of(app, answer).await,
            None => answer.await,
        }
    }

    async fn shape(self, tables: &Tables) -> Result<Answer> {
        match self {
            Self::Stored(Stored { action, row, version, queued }) => {
                let answer = match queued {
                    Some(Queued::Answered(answer)) => Answer::Json(Json::new(answer.into_bytes())),
                    _ => action.answer.of(tables, row).await?,
                };
                Ok(match (answer, version) {
                    (Answer::Json(json), Some(version)) => Answer::Json(json.with_version(version)),
                    (answer, _) => answer,
                })
            }
            Self::Computed(action, row) => action.answer.of(tables, row).await,
            Self::Deleted(count) => Ok(Answer::Json(Json::new(format!("{{\"num_rows\":{count}}}").into_bytes()))),
            Self::Answered(answer) => Ok(answer),
        }
    }
}

/// An error behind the commit, which names the row that is stored.
pub(super) fn behind(stored: Option<serde_json::Value>, error: Error) -> Error {
    match stored {
        Some(key) => error.with_stored(key),
        None => error,
    }
}

/// What an earlier attempt at the job has stored: the row as far as its answer needs it, in a version that nobody knows any more.
async fn done_before<'e>(app: &App, action: &'e RowAction, job: Option<&Task>) -> Result<Option<Done<'e>>> {
    let Some((job, committed)) = job.and_then(|job| Some((job, job.committed()?))) else { return Ok(None) };
    let row = app.tables().restore(&action.table, &committed.row, committed.outcome)?;
    let queued = action.held_before(app, job).await?.map(Queued::Held);
    Ok(Some(Done::Stored(Stored { action, row, version: None, queued })))
}

/// Who commits: the job that the work is part of, else the store.
fn committer<'c>(app: &'c App, job: &'c Option<JobCommit<'_>>) -> &'c dyn Commit {
    match job {
        Some(commit) => commit,
        None => app.tables().store(),
    }
}

/// The values in the order of a table's columns, or of a query's parameters.
fn by_target(count: usize, fields: &Fields, input: Input) -> Vec<Option<Value>> {
    let mut given = vec![None; count];
    for (field, value) in fields.list.iter().zip(input) {
        given[field.target] = value;
    }
    given
}
