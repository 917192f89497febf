//! Committing a row: alone, or together with the background job that it is written for.

use super::{App, store_error};
use crate::error::Result;
use crate::jobs::{Saved, Task};
use crate::store::Member;
use crate::value::Row;

/// The job that a write is part of.
#[derive(Clone, Copy)]
pub(crate) struct InJob<'j> {
    pub(crate) task: &'j Task,
    /// What the job keeps of the row; the number that the database gives it is not known yet.
    pub(crate) saved: &'j (dyn Fn(&Row) -> Result<Saved> + Send + Sync),
}

impl App {
    /// Writes one row, in the job's transaction if there is a job. What it came to (a row's number, a count of rows); none when
    /// the row to change is not there in its version.
    pub(super) async fn commit(&self, row: &Row, write: Member, job: Option<InJob<'_>>) -> Result<Option<i64>> {
        match job {
            // In a box: every write of the foreground would carry the room for it.
            Some(job) => Box::pin(job.task.commit(write, (job.saved)(row)?)).await,
            None => self.store().alone(write).await.map_err(store_error),
        }
    }
}
