//! A request that a background route turns into a job: judged and written down now, done later.

mod run;
mod stored;

use uuid::Uuid;

use super::action::Action;
use super::endpoint::Endpoint;
use super::kind;
use super::request::Received;
use crate::error::Result;
use crate::jobs::NewJob;
use crate::value::{Media, Value};

/// Submits the job of a request: what is wrong with the request is told now, and its files are stored. Returns the job's id.
pub(super) async fn submit(endpoint: &Endpoint, mut received: Received) -> Result<Uuid> {
    let result = prepare(endpoint, &mut received).await;
    let files = files(&received);
    let submitted = match result {
        Ok(()) => {
            let (route, request) = (endpoint.job_route(), stored::write(&endpoint.fields, &received)?);
            endpoint.app.jobs().submit(NewJob { route, request, files: files.clone() }).await
        }
        Err(error) => Err(error),
    };
    if let Err(error) = &submitted {
        endpoint.app.tables().discard_files(endpoint.fields.owner, files, error).await;
    }
    submitted
}

/// Refuses what the work itself would refuse without looking at rows, and stores the files that the request carries or names.
async fn prepare(endpoint: &Endpoint, received: &mut Received) -> Result<()> {
    let fields = &endpoint.fields;
    if let Action::Insert(action) | Action::Update(action) = &endpoint.action {
        action.admit(&endpoint.app).await?;
    }
    match &endpoint.action {
        Action::Update(_) => kind::refuse_unchanged(fields, &received.input)?,
        Action::Delete(table) => kind::refuse_versions(fields, table, received.versions.as_deref())?,
        _ => {}
    }
    for (field, value) in fields.list.iter().zip(&mut received.input) {
        if let Some(Value::Media(file)) = value {
            let (app, given) = (&endpoint.app, file.clone());
            *file = match &endpoint.action {
                Action::Query(query) => query.settle(app, field.name, field.ty, given).await?,
                _ => app.tables().settle_file(fields.owner, field.name, field.ty, given).await?,
            };
        }
    }
    Ok(())
}

fn files(received: &Received) -> Vec<Media> {
    let file = |value: &Option<Value>| if let Some(Value::Media(file)) = value { Some(file.clone()) } else { None };
    received.input.iter().filter_map(file).collect()
}
