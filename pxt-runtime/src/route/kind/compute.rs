//! Compute: what the outputs need is computed, and no row stored.

use axum::response::Response;

use super::by_target;
use crate::error::Result;
use crate::route::endpoint::RowAction;
use crate::route::fields::Fields;
use crate::route::request::Received;
use crate::table::App;
use crate::value::Value;

pub(super) async fn run(app: &App, fields: &Fields, action: &RowAction, received: Received) -> Result<Response> {
    let Received { input, job, .. } = received;
    let given = by_target(action.table.def.columns.len(), fields, input);
    let outputs = action.answer.outputs();
    let row = app.compute(&action.table, given, outputs).await?;
    if let Some(job) = job {
        let file = |&column: &usize| if let Value::Media(file) = &row[column] { Some(file.clone()) } else { None };
        job.keep_files(outputs.iter().filter_map(file));
    }
    action.answer.respond(app, row).await
}
