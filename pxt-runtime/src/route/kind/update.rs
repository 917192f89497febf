//! Update: the columns that the request names change, and what is computed from them.

use axum::response::Response;

use super::stored;
use crate::error::{Error, FieldError, Result};
use crate::route::answer::etag;
use crate::route::endpoint::RowAction;
use crate::route::fields::Fields;
use crate::route::request::Received;
use crate::table::App;

pub(super) async fn run(app: &App, fields: &Fields, action: &RowAction, received: Received) -> Result<Response> {
    let (mut key, mut changes) = (Vec::new(), Vec::new());
    for (field, value) in fields.list.iter().zip(received.input) {
        match value {
            Some(value) if field.key => key.push(value),
            Some(value) => changes.push((field.target, value)),
            None => {}
        }
    }
    if changes.is_empty() {
        return Err(nothing_to_change(fields));
    }
    match app.update(&action.table, key, changes, received.versions.as_deref()).await? {
        Some((row, version)) => stored(app, action, row).await.map(|response| etag(response, version)),
        None => Err(Error::new(404, "row_not_found", "there is no row with this key")),
    }
}

fn nothing_to_change(fields: &Fields) -> Error {
    let names: Vec<_> =
        fields.list.iter().filter(|field| !field.key).map(|field| format!("`{}`", field.name)).collect();
    let detail = format!("names nothing to change: give at least one of {}", names.join(", "));
    Error::invalid(vec![FieldError::whole("missing", detail)])
}
