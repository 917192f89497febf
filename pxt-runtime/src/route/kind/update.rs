//! Update: the columns that the request names change, and what is computed from them.

use super::{Done, committer, done_before};
use crate::app::App;
use crate::error::{Error, FieldError, Result};
use crate::jobs::Task;
use crate::route::action::RowAction;
use crate::route::fields::{Fields, Input};
use crate::route::request::Received;

pub(super) async fn run<'e>(
    app: &App,
    fields: &Fields,
    action: &'e RowAction,
    received: Received,
    job: Option<&Task>,
) -> Result<Done<'e>> {
    refuse_unchanged(fields, &received.input)?;
    let RowAction { table, answer, .. } = action;
    if let Some(done) = done_before(app, action, job)? {
        return Ok(done);
    }
    let (mut key, mut changes) = (Vec::new(), Vec::new());
    for (field, value) in fields.list.iter().zip(received.input) {
        match value {
            Some(value) if field.key => key.push(value),
            Some(value) => changes.push((field.target, value)),
            None => {}
        }
    }
    let own = job.map(|job| job.commit(Some(answer.keep())));
    let (commit, versions) = (committer(app, &own), received.versions.as_deref());
    let updated = app.tables().update(commit, table, key, changes, versions, answer.outputs()).await?;
    let (row, version) = updated.ok_or_else(|| Error::new(404, "row_not_found", "there is no row with this key"))?;
    Ok(Done::Stored(action, row, Some(version)))
}

/// Refuses a request that names no column to change.
pub(in crate::route) fn refuse_unchanged(fields: &Fields, input: &Input) -> Result<()> {
    let changes = fields.list.iter().zip(input).any(|(field, value)| !field.key && value.is_some());
    if changes { Ok(()) } else { Err(nothing_to_change(fields)) }
}

fn nothing_to_change(fields: &Fields) -> Error {
    let names: Vec<_> =
        fields.list.iter().filter(|field| !field.key).map(|field| format!("`{}`", field.name)).collect();
    let detail = format!("names nothing to change: give at least one of {}", names.join(", "));
    Error::invalid(vec![FieldError::whole("missing", detail)])
}
