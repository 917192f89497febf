//! Update: the columns that the request names change, and what is computed from them.

use super::{Done, Stored, committer, done_before};
use crate::error::{Error, FieldError, Result};
use crate::export::OutboxCommit;
use crate::jobs::Task;
use crate::route::action::RowAction;
use crate::route::endpoint::Endpoint;
use crate::route::fields::{Fields, Input};
use crate::route::request::Received;
use crate::table::Commit;

pub(super) async fn run<'e>(
    endpoint: &'e Endpoint,
    action: &'e RowAction,
    received: Received,
    job: Option<&Task>,
) -> Result<Done<'e>> {
    let Endpoint { app, fields, .. } = endpoint;
    refuse_unchanged(fields, &received.input)?;
    if let Some(done) = done_before(app, action, job).await? {
        return Ok(done);
    }
    if job.is_none() {
        action.admit(app).await?;
    }
    let (mut key, mut changes) = (Vec::new(), Vec::new());
    for (field, value) in fields.list.iter().zip(received.input) {
        match value {
            Some(value) if field.key => key.push(value),
            Some(value) => changes.push((field.target, value)),
            None => {}
        }
    }
    let own = job.map(|job| job.commit(Some(action.keep())));
    let inner = committer(app, &own);
    let outbox = action.exporting(endpoint, inner, job)?;
    let commit = outbox.as_ref().map_or(inner, |outbox| outbox as &dyn Commit);
    let (table, versions) = (&action.table, received.versions.as_deref());
    let updated = app.tables().update(commit, table, key, changes, versions, action.answer.outputs()).await?;
    let (row, version) = updated.ok_or_else(|| Error::new(404, "row_not_found", "there is no row with this key"))?;
    let queued = outbox.and_then(OutboxCommit::queued);
    Ok(Done::Stored(Stored { action, row, version: Some(version), queued }))
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
