//! Waiting for what happens to a job. What happens on this node is told at once; what other nodes do is seen by asking the
//! database about once a second.

use std::time::{Duration, Instant};

use futures_util::{Stream, stream};
use uuid::Uuid;

use super::watchers::Watcher;
use super::{Job, Jobs};
use crate::error::Result;

impl Jobs {
    /// The job once it is finished, or as it is when the time is over or this node stops.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn wait(&self, id: Uuid, most: Duration) -> Result<Option<Job>> {
        let until = Instant::now() + most;
        // From before the first look, so that nothing is missed between the two.
        let mut watcher = self.0.records.watchers.watch(id);
        loop {
            let job = self.get(id).await?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.0.is_stopping() || job.as_ref().is_none_or(|job| job.state.is_finished()) {
                return Ok(job);
            }
            watcher.wait(left.min(self.0.records.times.look)).await;
        }
    }

    /// The job as it is, then again after each change that is seen: of its state, and of its progress. Ends behind the
    /// finished job, when there is none, and when this node stops.
    pub fn watch(&self, id: Uuid) -> impl Stream<Item = Result<Job>> + Send + 'static {
        let watching = Watching { jobs: self.clone(), watcher: self.0.records.watchers.watch(id), id, last: None };
        stream::unfold(Some(watching), async |watching| {
            let mut watching = watching?;
            match watching.next().await {
                Ok(None) => None,
                Ok(Some(job)) if job.state.is_finished() => Some((Ok(job), None)),
                Ok(Some(job)) => Some((Ok(job), Some(watching))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }
}

struct Watching {
    jobs: Jobs,
    watcher: Watcher,
    id: Uuid,
    last: Option<Job>,
}

impl Watching {
    /// The job once it differs from what was seen last.
    async fn next(&mut self) -> Result<Option<Job>> {
        loop {
            if self.last.is_some() {
                self.watcher.wait(self.jobs.0.records.times.look).await;
            }
            let Some(job) = self.jobs.get(self.id).await? else { return Ok(None) };
            if self.last.is_some() && self.jobs.0.is_stopping() && !job.state.is_finished() {
                return Ok(None);
            }
            let is_seen = self.last.as_ref().is_some_and(|last| {
                (last.state, last.attempts, last.stored, &last.progress)
                    == (job.state, job.attempts, job.stored, &job.progress)
            });
            if !is_seen {
                self.last = Some(job.clone());
                return Ok(Some(job));
            }
        }
    }
}
