//! What each kind of attribute route does between the decoded request and the function.

use std::sync::Arc;

use super::endpoint::{Endpoint, Input, respond};
use crate::error::{Error, FieldError, Result};
use crate::schema::check::Kind;
use crate::value::Value;

/// From the values of a request to the body of the answer.
pub(super) async fn run(endpoint: Arc<Endpoint>, input: Input) -> Result<Vec<u8>> {
    match endpoint.kind {
        Kind::Insert => insert(&endpoint, input).await,
        Kind::Update => update(&endpoint, input).await,
        Kind::Compute => compute(&endpoint, input).await,
    }
}

async fn insert(endpoint: &Endpoint, input: Input) -> Result<Vec<u8>> {
    let row = endpoint.app.insert(&endpoint.table, by_column(endpoint, input)).await?;
    stored(endpoint, row).await
}

async fn compute(endpoint: &Endpoint, input: Input) -> Result<Vec<u8>> {
    let row = endpoint.app.compute(&endpoint.table, by_column(endpoint, input), &endpoint.outputs).await?;
    respond(endpoint, endpoint.app.shape(row, &endpoint.outputs)).await
}

async fn update(endpoint: &Endpoint, input: Input) -> Result<Vec<u8>> {
    let (mut key, mut changes) = (Vec::new(), Vec::new());
    for (field, value) in endpoint.fields.iter().zip(input) {
        match value {
            Some(value) if field.key => key.push(value),
            Some(value) => changes.push((field.column, value)),
            None => {}
        }
    }
    if changes.is_empty() {
        return Err(nothing_to_change(endpoint));
    }
    match endpoint.app.update(&endpoint.table, key, changes).await? {
        Some(row) => stored(endpoint, row).await,
        None => Err(Error::new(404, "row_not_found", "there is no row with this key")),
    }
}

/// The answer of a write. What fails now leaves the row behind, and says so.
async fn stored(endpoint: &Endpoint, row: Vec<Value>) -> Result<Vec<u8>> {
    let key = endpoint.app.key_json(&endpoint.table, &row);
    let outputs = endpoint.app.shape(row, &endpoint.outputs);
    respond(endpoint, outputs).await.map_err(|error| error.with_stored(key))
}

/// The values in the order of the table's columns.
fn by_column(endpoint: &Endpoint, input: Input) -> Vec<Option<Value>> {
    let mut given = vec![None; endpoint.table.def.columns.len()];
    for (field, value) in endpoint.fields.iter().zip(input) {
        given[field.column] = value;
    }
    given
}

fn nothing_to_change(endpoint: &Endpoint) -> Error {
    let names: Vec<_> =
        endpoint.fields.iter().filter(|field| !field.key).map(|field| format!("`{}`", field.name)).collect();
    let detail = format!("names nothing to change: give at least one of {}", names.join(", "));
    Error::invalid(vec![FieldError::whole("missing", detail)])
}
