//! Compute: what the outputs need is computed, and no row stored.

use super::{Done, by_target};
use crate::app::App;
use crate::error::Result;
use crate::jobs::Task;
use crate::route::action::RowAction;
use crate::route::fields::Fields;
use crate::route::request::Received;
use crate::value::Value;

pub(super) async fn run<'e>(
    app: &App,
    fields: &Fields,
    action: &'e RowAction,
    received: Received,
    job: Option<&Task>,
) -> Result<Done<'e>> {
    let given = by_target(action.table.def.columns.len(), fields, received.input);
    let outputs = action.answer.outputs();
    let row = app.tables().compute(&action.table, given, outputs).await?;
    if let Some(job) = job {
        let file = |&column: &usize| if let Value::Media(file) = &row[column] { Some(file.clone()) } else { None };
        job.keep_files(outputs.iter().filter_map(file));
    }
    Ok(Done::Computed(action, row))
}
