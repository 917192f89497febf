//! `DELETE /jobs/{id}`: what has not started never starts; what runs is told, and commits nothing more.

use axum::extract::Request;
use axum::response::Response;

use super::{id, no_job, show};
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::JobState;

pub(super) async fn cancel(app: App, mut request: Request) -> Result<Response> {
    let job = app.jobs().cancel(id(&mut request).await?).await?.ok_or_else(no_job)?;
    if matches!(job.state, JobState::Done | JobState::Error) {
        let detail = "the job has ended already, so that nothing is left to cancel";
        return Err(Error::new(409, "job_finished", detail));
    }
    show::of(&job, app.jobs().now())
}
