//! Insert: the row is stored with its files and computed columns.

use super::{Done, by_target, committer, done_before};
use crate::app::App;
use crate::error::Result;
use crate::jobs::Task;
use crate::route::action::RowAction;
use crate::route::fields::Fields;
use crate::route::request::Received;

pub(super) async fn run<'e>(
    app: &App,
    fields: &Fields,
    action: &'e RowAction,
    received: Received,
    job: Option<&Task>,
) -> Result<Done<'e>> {
    let RowAction { table, answer, .. } = action;
    if let Some(done) = done_before(app, action, job)? {
        return Ok(done);
    }
    let given = by_target(table.def.columns.len(), fields, received.input);
    let own = job.map(|job| job.commit(Some(answer.keep())));
    let row = app.tables().insert(committer(app, &own), table, given).await?;
    // The first version of a row.
    Ok(Done::Stored(action, row, Some(1)))
}
