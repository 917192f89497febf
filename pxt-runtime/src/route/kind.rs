//! What each kind of route does between the decoded request and the response; a file each.

mod compute;
mod delete;
mod insert;
mod query;
mod update;

use std::sync::Arc;

use axum::response::Response;

use super::endpoint::{Action, Endpoint, RowAction};
use super::fields::{Fields, Input};
use super::request::Received;
use crate::error::Result;
use crate::jobs::Task;
use crate::table::App;
use crate::value::{Row, Value};

pub(crate) use delete::is_by_key;
pub(super) use delete::refuse_versions;
pub(crate) use query::{Asked, QueryAction};
pub(super) use query::{Retrieval, is_matchable};
pub(super) use update::refuse_unchanged;

/// From the values of a request to the response.
pub(super) async fn run(endpoint: Arc<Endpoint>, received: Received) -> Result<Response> {
    let Endpoint { app, fields, .. } = &*endpoint;
    match &endpoint.action {
        Action::Insert(action) => insert::run(app, fields, action, received).await,
        Action::Update(action) => update::run(app, fields, action, received).await,
        Action::Compute(action) => compute::run(app, fields, action, received).await,
        Action::Delete(table) => delete::run(app, fields, table, received).await,
        Action::Query(action) => query::run(&endpoint, action, received).await,
    }
}

/// The response of a write. What fails now leaves the row behind, and says so. A job whose result was stored with the row needs
/// none.
async fn stored(app: &App, action: &RowAction, row: Row, job: Option<&Task>) -> Result<Response> {
    if job.is_some_and(Task::has_ended) {
        return Ok(Response::default());
    }
    let key = app.key_json(&action.table, &row);
    action.answer.respond(app, row).await.map_err(|error| error.with_stored(key))
}

/// The values in the order of a table's columns, or of a query's parameters.
fn by_target(count: usize, fields: &Fields, input: Input) -> Vec<Option<Value>> {
    let mut given = vec![None; count];
    for (field, value) in fields.list.iter().zip(input) {
        given[field.target] = value;
    }
    given
}
