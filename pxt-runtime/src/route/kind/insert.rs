//! Insert: the row is stored with its files and computed columns, then answered.

use axum::response::Response;

use super::{by_target, stored};
use crate::error::Result;
use crate::jobs::Task;
use crate::route::answer::etag;
use crate::route::endpoint::RowAction;
use crate::route::fields::Fields;
use crate::route::job::{keep, restore};
use crate::route::request::Received;
use crate::table::{App, InJob};
use crate::value::Row;

pub(super) async fn run(app: &App, fields: &Fields, action: &RowAction, received: Received) -> Result<Response> {
    let row = match received.job.as_ref().and_then(Task::committed) {
        Some(committed) => restore(app, action, committed)?,
        None => {
            let given = by_target(action.table.def.columns.len(), fields, received.input);
            let saved = |row: &Row| keep(app, action, row);
            let job = received.job.as_ref().map(|task| InJob { task, saved: &saved });
            app.insert_in(job, &action.table, given).await?
        }
    };
    // The first version of a row.
    stored(app, action, row, received.job.as_ref()).await.map(|response| etag(response, 1))
}
