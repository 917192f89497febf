//! `DELETE /jobs/{id}`: what has not started never starts; what runs is told, and commits nothing more.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::response::Response;

use super::{answered, id, no_job, show};
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::JobState;

pub(super) async fn cancel(
    State(app): State<App>,
    path: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let work = async {
        let job = app.jobs().cancel(id(path)?).await?.ok_or_else(no_job)?;
        if matches!(job.state, JobState::Done | JobState::Error) {
            return Err(Error::new(
                409,
                "job_finished",
                "the job has ended already, so that nothing is left to cancel",
            ));
        }
        show::of(&job)
    };
    answered(&app, request, work).await
}
