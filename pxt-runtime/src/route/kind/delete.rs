//! Delete: every row whose columns have the values of the request.

use axum::response::Response;

use crate::error::Result;
use crate::route::answer::json;
use crate::route::fields::{Fields, Input};
use crate::table::{App, Handle};

pub(super) async fn run(app: &App, fields: &Fields, table: &Handle, input: Input) -> Result<Response> {
    // Each field is required, so that none is ever left out and taken for null.
    let matched = fields.list.iter().zip(input).filter_map(|(field, value)| Some((field.target, value?)));
    let matched: Vec<_> = matched.collect();
    let deleted = app.delete_where(table, &matched).await?;
    Ok(json(format!("{{\"num_rows\":{deleted}}}").into_bytes()))
}
