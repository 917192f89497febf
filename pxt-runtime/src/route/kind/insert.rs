//! Insert: the row is stored with its files and computed columns, then answered.

use axum::response::Response;

use super::{by_target, stored};
use crate::error::Result;
use crate::route::answer::etag;
use crate::route::endpoint::RowAction;
use crate::route::fields::{Fields, Input};
use crate::table::App;

pub(super) async fn run(app: &App, fields: &Fields, action: &RowAction, input: Input) -> Result<Response> {
    let given = by_target(action.table.def.columns.len(), fields, input);
    let row = app.insert(&action.table, given).await?;
    // The first version of a row.
    stored(app, action, row).await.map(|response| etag(response, 1))
}
