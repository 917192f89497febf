//! Delete: every row whose columns have the values of the request.

use axum::response::Response;

use crate::error::{Error, Result};
use crate::jobs::{Saved, Task};
use crate::route::answer::json;
use crate::route::fields::Fields;
use crate::route::request::Received;
use crate::table::{App, Handle, InJob, row_changed};
use crate::value::Row;

pub(super) async fn run(app: &App, fields: &Fields, table: &Handle, received: Received) -> Result<Response> {
    let deleted = match received.job.as_ref().and_then(Task::committed) {
        Some(committed) => committed.outcome,
        None => {
            refuse_versions(fields, table, received.versions.as_deref())?;
            delete(app, fields, table, received).await?
        }
    };
    Ok(json(format!("{{\"num_rows\":{deleted}}}").into_bytes()))
}

async fn delete(app: &App, fields: &Fields, table: &Handle, received: Received) -> Result<i64> {
    let Received { input, versions, job, .. } = received;
    // Each field is required, so that none is ever left out and taken for null.
    let matched = fields.list.iter().zip(input).filter_map(|(field, value)| Some((field.target, value?))).collect();
    // The number of rows is all there is to know.
    let saved = |_: &Row| Ok(Saved::Row(String::new()));
    let job = job.as_ref().map(|task| InJob { task, saved: &saved });
    match versions {
        None => app.delete_where(job, table, matched).await,
        Some(versions) if app.delete_version(job, table, matched, &versions).await? => Ok(1),
        // Also when the row has gone: what is not there is in no version (RFC 9110, section 13.1.1).
        Some(_) => Err(row_changed()),
    }
}

/// Whether rows are found by their whole key, so that there is one at most.
pub(crate) fn is_by_key(fields: &Fields, table: &Handle) -> bool {
    let is_matched = |column: &usize| fields.list.iter().any(|field| field.target == *column);
    !table.key.is_empty() && table.key.iter().all(is_matched)
}

/// Refuses a version where several rows may go, each of which has another.
pub(in crate::route) fn refuse_versions(fields: &Fields, table: &Handle, versions: Option<&[i64]>) -> Result<()> {
    if versions.is_none() || is_by_key(fields, table) {
        return Ok(());
    }
    let text = "`If-Match` names the version of one row, and this route deletes all that match: send it without, or delete by the key";
    Err(Error::new(400, "no_single_row", text))
}
