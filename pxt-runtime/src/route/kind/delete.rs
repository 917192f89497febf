//! Delete: every row whose columns have the values of the request.

use axum::response::Response;

use crate::error::Result;
use crate::jobs::{Saved, Task};
use crate::route::answer::json;
use crate::route::fields::Fields;
use crate::route::request::Received;
use crate::table::{App, Handle, InJob};
use crate::value::Row;

pub(super) async fn run(app: &App, fields: &Fields, table: &Handle, received: Received) -> Result<Response> {
    let deleted = match received.job.as_ref().and_then(Task::committed) {
        Some(committed) => committed.outcome,
        None => {
            // Each field is required, so that none is ever left out and taken for null.
            let matched =
                fields.list.iter().zip(received.input).filter_map(|(field, value)| Some((field.target, value?)));
            // The number of rows is all there is to know.
            let saved = |_: &Row| Ok(Saved::Row(String::new()));
            let job = received.job.as_ref().map(|task| InJob { task, saved: &saved });
            app.delete_where(job, table, matched.collect()).await?
        }
    };
    Ok(json(format!("{{\"num_rows\":{deleted}}}").into_bytes()))
}
