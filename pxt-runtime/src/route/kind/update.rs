//! Update: the columns that the request names change, and what is computed from them.

use axum::response::Response;

use super::stored;
use crate::error::{Error, FieldError, Result};
use crate::jobs::Task;
use crate::route::answer::etag;
use crate::route::endpoint::RowAction;
use crate::route::fields::{Fields, Input};
use crate::route::job::{keep, restore};
use crate::route::request::Received;
use crate::table::{App, InJob};
use crate::value::Row;

pub(super) async fn run(app: &App, fields: &Fields, action: &RowAction, received: Received) -> Result<Response> {
    refuse_unchanged(fields, &received.input)?;
    if let Some(committed) = received.job.as_ref().and_then(Task::committed) {
        return stored(app, action, restore(app, action, committed)?, None).await;
    }
    let (mut key, mut changes) = (Vec::new(), Vec::new());
    for (field, value) in fields.list.iter().zip(received.input) {
        match value {
            Some(value) if field.key => key.push(value),
            Some(value) => changes.push((field.target, value)),
            None => {}
        }
    }
    let saved = |row: &Row| keep(app, action, row);
    let job = received.job.as_ref().map(|task| InJob { task, saved: &saved });
    let answered = action.answer.outputs();
    match app.update_in(job, &action.table, key, changes, received.versions.as_deref(), answered).await? {
        Some((row, version)) => {
            stored(app, action, row, received.job.as_ref()).await.map(|response| etag(response, version))
        }
        None => Err(Error::new(404, "row_not_found", "there is no row with this key")),
    }
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
