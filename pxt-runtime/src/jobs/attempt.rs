//! One attempt at a job: its route does the work, and what became of it is written to the job's row.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use uuid::Uuid;

use super::lease::{Finish, Lease};
use super::record::{Claimed, Committed};
use super::slots::Slot;
use super::{Runner, Shared, clock};
use crate::error::{Error, Result};
use crate::store::Outcome;
use crate::table::{Commit, Keep, WriteSet};
use crate::value::Media;

/// How often the end of a job is written again when the database cannot take it; then its lease ends, and another attempt
/// finds what was committed.
const ATTEMPTS: u32 = 5;

/// A job at work, as its route sees it.
pub(crate) struct Task {
    lease: Arc<Lease>,
    request: String,
    committed: Option<Committed>,
}

impl Task {
    /// What the request said, as the route wrote it down.
    pub(crate) fn request(&self) -> &str {
        &self.request
    }

    /// What an earlier attempt committed; the job goes on behind it.
    pub(crate) fn committed(&self) -> Option<&Committed> {
        self.committed.as_ref()
    }

    /// What commits the row that the job is about, in the same transaction as the job's own row, so that it is stored once; with it, what is to
    /// be kept of the row.
    pub(crate) fn commit<'t>(&'t self, keep: Option<Keep<'t>>) -> JobCommit<'t> {
        JobCommit { lease: &self.lease, keep }
    }

    /// Whether the commit has ended the job, with its result: nobody asks for another one.
    pub(crate) fn has_ended(&self) -> bool {
        self.lease.is_finished()
    }

    /// Keeps files that the result names, and no row, for as long as the job is kept.
    pub(crate) fn keep_files(&self, files: impl IntoIterator<Item = Media>) {
        self.lease.keep_files(files);
    }
}

/// The commit of a job at work.
pub(crate) struct JobCommit<'t> {
    lease: &'t Lease,
    keep: Option<Keep<'t>>,
}

impl Commit for JobCommit<'_> {
    fn keep(&self) -> Option<Keep<'_>> {
        self.keep
    }

    /// # Errors
    /// 503 `job_lost` when the job was cancelled or taken over, and nothing is stored; those of writing.
    fn commit(&self, set: WriteSet) -> BoxFuture<'_, Result<Outcome>> {
        Box::pin(self.lease.commit(set))
    }
}

/// A job that this node has claimed, among its leases until this is dropped.
pub(super) struct Attempt {
    shared: Arc<Shared>,
    lease: Arc<Lease>,
    /// None once the work has begun.
    task: Option<Task>,
    claimed: Instant,
}

impl Attempt {
    pub(super) fn new(shared: &Arc<Shared>, job: Claimed) -> Self {
        let Claimed { id, route, version, attempts, crashes, request, committed } = job;
        let lease = Lease::new(shared, id, route, attempts, crashes, version);
        shared.leases().insert(id, lease.clone());
        let task = Some(Task { lease: lease.clone(), request, committed });
        Self { shared: shared.clone(), lease, task, claimed: Instant::now() }
    }

    pub(super) fn lease(&self) -> &Arc<Lease> {
        &self.lease
    }

    pub(super) fn route(&self) -> &Arc<str> {
        &self.lease.route
    }

    /// Those with a smaller one were submitted before.
    pub(super) fn turn(&self) -> Uuid {
        self.lease.id
    }

    /// How long ago it was claimed.
    pub(super) fn waited(&self) -> Duration {
        self.claimed.elapsed()
    }

    /// Does the work in a task of its own, and writes its end.
    pub(super) fn start(self, runner: Arc<dyn Runner>, slot: Slot) {
        let runtime = self.shared.runtime.clone();
        runtime.spawn(self.run(runner, slot));
    }

    async fn run(mut self, runner: Arc<dyn Runner>, slot: Slot) {
        let Some(task) = self.task.take().filter(|_| !self.lease.context.is_cancelled()) else {
            drop(slot);
            return self.shared.slot_is_free();
        };
        let (slot, others) = if self.lease.is_suspected() { self.shared.slots.alone(slot).await } else { (slot, None) };
        self.lease.begin(slot, others);
        let work = self.lease.context.clone().run(async move { runner.run(task).await });
        let result = tokio::select! {
            // A job that ended by its own commit may be told that it is over at the same moment.
            biased;
            result = AssertUnwindSafe(work).catch_unwind() => result,
            () = self.lease.ended() => return,
        };
        self.lease.free_slot();
        let panicked =
            |_| Err(Error::new(500, "internal", "the server could not do the job").with_source("a job panicked"));
        self.end(result.unwrap_or_else(panicked)).await;
    }

    /// Writes how the attempt ended.
    async fn end(&self, result: Result<Option<String>>) {
        let Self { shared, lease, .. } = self;
        if let Err(error) = &result
            && let Some(pause) = self.for_another(error).await
        {
            lease.hand_back(Some(pause)).await.unwrap_or_else(|error| {
                tracing::warn!(job = %lease.id, %error, "a job could not be handed back: another node takes it over");
            });
            return;
        }
        for attempt in 0..ATTEMPTS {
            let how = match &result {
                // Its commit has ended it.
                Ok(None) => return,
                Ok(Some(result)) => Finish::Done(result.clone()),
                Err(error) if error.code() == "job_lost" => return,
                // What crashed is no failure.
                Err(error) if may_pass(error) && lease.attempts - lease.crashes < shared.config.attempts => {
                    tracing::warn!(job = %lease.id, route = &*lease.route, cause = error.chain(), "a job is tried again later");
                    Finish::Later(backoff(shared.times.backoff, lease.attempts - lease.crashes))
                }
                Err(error) => {
                    if error.status() >= 500 {
                        tracing::error!(job = %lease.id, route = &*lease.route, cause = error.chain(), "a job failed");
                    }
                    Finish::Error(problem(error, lease.id))
                }
            };
            match lease.finish(how).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::warn!(job = %lease.id, %error, "the end of a job could not be written");
                    tokio::time::sleep(Duration::from_secs(1 << attempt)).await;
                }
            }
        }
    }

    /// Whether the job is for nodes of another version than this one, as there are both in a rolling deployment, and how soon.
    async fn for_another(&self, error: &Error) -> Option<Duration> {
        let Self { shared, lease, .. } = self;
        let (pause, until) = shared.times.elsewhere;
        match error.code() {
            "schema_changed" => {
                // Another node changed the table. This one will know it when it was started again.
                shared.hand_back(shared.slots.close(&lease.route)).await;
                Some(Duration::ZERO)
            }
            "route_changed" => {
                let age = shared.clock.now().duration_since(clock::submitted(lease.id)).max(SignedDuration::ZERO);
                let age = Duration::try_from(age).unwrap_or_default();
                // It may be ours that has changed: then no node is left in the end that reads the job.
                let may_be_read = age < until || shared.since.elapsed() < until;
                may_be_read.then(|| (age / 4).clamp(pause, pause.saturating_mul(12)))
            }
            _ => None,
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        // Functions that nobody could stop may hold on to the lease.
        self.lease.free_slot();
        let mut leases = self.shared.leases();
        // The same job may be claimed here again already.
        if leases.get(&self.lease.id).is_some_and(|lease| Arc::ptr_eq(lease, &self.lease)) {
            leases.remove(&self.lease.id);
        }
        if leases.is_empty() {
            self.shared.idle.notify_waiters();
        }
    }
}

/// The problem document of a job's failure.
pub(super) fn problem(error: &Error, id: Uuid) -> String {
    String::from_utf8(error.problem(&id.to_string())).unwrap_or_default()
}

/// Whether another attempt may go better: what is busy or away now, and what the user's code calls 503.
fn may_pass(error: &Error) -> bool {
    error.status() == 503
}

/// The pause after so many attempts.
fn backoff((first, longest): (Duration, Duration), attempts: u32) -> Duration {
    first.saturating_mul(1 << attempts.saturating_sub(1).min(16)).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let times = (Duration::from_secs(1), Duration::from_secs(60));
        let seconds: Vec<u64> = (1..=8).map(|attempts| backoff(times, attempts).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60]);
    }
}
