//! Compute: what the outputs need is computed, and nothing stored.

use axum::response::Response;

use super::by_target;
use crate::error::Result;
use crate::route::endpoint::RowAction;
use crate::route::fields::{Fields, Input};
use crate::table::App;

pub(super) async fn run(app: &App, fields: &Fields, action: &RowAction, input: Input) -> Result<Response> {
    let given = by_target(action.table.def.columns.len(), fields, input);
    let row = app.compute(&action.table, given, action.answer.outputs()).await?;
    action.answer.respond(app, row).await
}
