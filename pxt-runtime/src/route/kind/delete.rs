//! Delete: every row whose columns have the values of the request.

use super::committer;
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::Task;
use crate::route::fields::Fields;
use crate::route::request::Received;
use crate::table::{Handle, row_changed};

/// How many rows there were.
pub(super) async fn run(
    app: &App,
    fields: &Fields,
    table: &Handle,
    received: Received,
    job: Option<&Task>,
) -> Result<u64> {
    if let Some(committed) = job.and_then(Task::committed) {
        return Ok(committed.outcome.unsigned_abs());
    }
    let Received { input, versions, .. } = received;
    refuse_versions(fields, table, versions.as_deref())?;
    // Each field is required, so that none is ever left out and taken for null.
    let matched = fields.list.iter().zip(input).filter_map(|(field, value)| Some((field.target, value?))).collect();
    // The number of rows is all there is to know, and that is kept anyway.
    let own = job.map(|job| job.commit(None));
    let commit = committer(app, &own);
    match versions {
        None => app.tables().delete_where(commit, table, matched).await,
        Some(versions) if app.tables().delete_version(commit, table, matched, &versions).await? => Ok(1),
        // Also when the row has gone: what is not there is in no version (RFC 9110, section 13.1.1).
        Some(_) => Err(row_changed()),
    }
}

/// Refuses a version where several rows may go, each of which has another.
pub(in crate::route) fn refuse_versions(fields: &Fields, table: &Handle, versions: Option<&[i64]>) -> Result<()> {
    if versions.is_none() || fields.are_key_of(table) {
        return Ok(());
    }
    let text = "`If-Match` names the version of one row, and this route deletes all that match: send it without, or delete by the key";
    Err(Error::new(400, "no_single_row", text))
}
