//! Insert: the row is stored with its files and computed columns.

use super::{Done, Stored, by_target, committer, done_before};
use crate::error::Result;
use crate::export::OutboxCommit;
use crate::jobs::Task;
use crate::route::action::RowAction;
use crate::route::endpoint::Endpoint;
use crate::route::request::Received;
use crate::table::Commit;

pub(super) async fn run<'e>(
    endpoint: &'e Endpoint,
    action: &'e RowAction,
    received: Received,
    job: Option<&Task>,
) -> Result<Done<'e>> {
    let Endpoint { app, fields, .. } = endpoint;
    let table = &action.table;
    if let Some(done) = done_before(app, action, job).await? {
        return Ok(done);
    }
    if job.is_none() {
        action.admit(app).await?;
    }
    let given = by_target(table.def.columns.len(), fields, received.input);
    let own = job.map(|job| job.commit(Some(action.keep())));
    let inner = committer(app, &own);
    let outbox = action.exporting(endpoint, inner, job)?;
    let commit = outbox.as_ref().map_or(inner, |outbox| outbox as &dyn Commit);
    let row = app.tables().insert(commit, table, given).await?;
    let queued = outbox.and_then(OutboxCommit::queued);
    // The first version of a row.
    Ok(Done::Stored(Stored { action, row, version: Some(1), queued }))
}
