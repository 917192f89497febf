//! One attempt at a job: its route does the work, and what became of it is written to the job's row.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join, join_all};
use uuid::Uuid;

use super::lease::{Finish, Lease};
use super::places::Place;
use super::ready::{Ready, Seat};
use super::record::Committed;
use super::{Runner, Shared, lane};
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
        self.lease.is_about_to_end()
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

/// A job that this node has begun.
pub(super) struct Begun {
    pub(super) id: Uuid,
    pub(super) route: Arc<str>,
    pub(super) version: i64,
    pub(super) attempts: u32,
    pub(super) request: String,
    pub(super) committed: Option<Committed>,
}

/// Works on a job in a task of its own, and then on those that come next in its place.
pub(super) fn start(shared: &Arc<Shared>, place: Place, attempt: Attempt) {
    shared.runtime.spawn(lane::work(shared.clone(), place, attempt));
}

/// A job that this node works on, in the list of those that run here until it is dropped.
pub(super) struct Attempt {
    running: Running,
    task: Task,
    /// What it has begun by, unless by a place.
    seat: Option<Seat>,
}

impl Attempt {
    pub(super) fn new(shared: &Arc<Shared>, begun: Begun, seat: Option<Seat>) -> Self {
        let Begun { id, route, version, attempts, request, committed } = begun;
        let lease = Lease::new(shared, id, route, attempts, version);
        let running = Running { shared: shared.clone(), lease: lease.clone() };
        // Its lease ended here, and nobody told the worker that had it.
        let before = shared.running().insert(id, lease.clone());
        if let Some(before) = before {
            before.end();
        }
        shared.watchers.tell(id);
        Self { running, task: Task { lease, request, committed }, seat }
    }

    pub(super) fn lease(&self) -> &Arc<Lease> {
        &self.running.lease
    }

    /// Does the work and writes its end. Those that come next of its route are begun by the same commit, by what `seats` gives
    /// them when it knows this one's, and are ready then.
    pub(super) async fn run(
        self,
        runner: Arc<dyn Runner>,
        ready: &Ready,
        seats: impl FnOnce(Option<Seat>) -> Vec<Option<Seat>>,
    ) {
        let Self { running, task, seat } = self;
        let Running { shared, lease } = &running;
        if lease.context.is_cancelled() {
            return;
        }
        let work = lease.context.clone().run(async move { runner.run(task).await });
        let mut work = Box::pin(AssertUnwindSafe(work).catch_unwind());
        let mut next = Box::pin(async {
            lease.about_to_end().await;
            let begin = async |seat| {
                // It is in the list of those that run before this one leaves it.
                if let Some(next) = shared.begin_next(&lease.route, seat).await {
                    ready.push_queued(next);
                }
            };
            join_all(seats(seat).into_iter().map(begin)).await;
        });
        let mut begun = false;
        let result = loop {
            tokio::select! {
                // A job that ended by its own commit may be told that it is over at the same moment.
                biased;
                result = &mut work => break Some(result),
                () = lease.ended() => break None,
                () = &mut next, if !begun => begun = true,
            }
        };
        if let Some(Ok(Ok(_))) = &result {
            lease.ends();
        }
        let end = async {
            if let Some(result) = result {
                let result = result.unwrap_or_else(|_| {
                    Err(Error::new(500, "internal", "the server could not do the job").with_source("a job panicked"))
                });
                end(&running, result).await;
            }
        };
        if !begun && lease.is_about_to_end() {
            join(end, next).await;
        } else {
            end.await;
        }
    }
}

/// A job in the list of those that run here, until this is dropped.
struct Running {
    shared: Arc<Shared>,
    lease: Arc<Lease>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut running = self.shared.running();
        // The same job may run here again already, when its lease ended before this worker did.
        if running.get(&self.lease.id).is_some_and(|lease| Arc::ptr_eq(lease, &self.lease)) {
            running.remove(&self.lease.id);
        }
        if running.is_empty() {
            self.shared.idle.notify_waiters();
        }
    }
}

/// Writes how an attempt ended.
async fn end(running: &Running, result: Result<Option<String>>) {
    let Running { shared, lease } = running;
    if let Err(error) = &result
        && let Some(after) = for_another(shared, lease, error)
    {
        if let Err(error) = lease.hand_back(Some(after)).await {
            tracing::warn!(job = %lease.id, %error, "a job could not be handed back: another node takes it over");
        }
        return;
    }
    for attempt in 0..ATTEMPTS {
        let how = match &result {
            // Its commit has ended it.
            Ok(None) => return,
            Ok(Some(result)) => Finish::Done(result.clone()),
            Err(error) if error.code() == "job_lost" => return,
            Err(error) if may_pass(error) && lease.attempts < shared.config.attempts => {
                let after = backoff(shared.times.backoff, lease.attempts);
                tracing::warn!(job = %lease.id, route = &*lease.route, cause = error.chain(), "a job is tried again later");
                Finish::Later(after)
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

/// Whether a job is for nodes of another version than this one, as there are both in a rolling deployment, and how soon.
fn for_another(shared: &Shared, lease: &Lease, error: &Error) -> Option<Duration> {
    let (after, until) = shared.times.elsewhere;
    let age = age(lease.id);
    match error.code() {
        "schema_changed" => {
            // Another node changed the table. This one will know it when it was started again.
            shared.places.close(&lease.route);
            shared.ahead.clear();
            Some(Duration::ZERO)
        }
        // It may be ours that has changed: then no node is left in the end that reads the job.
        "route_changed" if age < until || shared.since.elapsed() < until => {
            Some((age / 4).clamp(after, after.saturating_mul(12)))
        }
        _ => None,
    }
}

/// How long ago a job was submitted.
fn age(id: Uuid) -> Duration {
    let (seconds, nanos) = id.get_timestamp().map_or((0, 0), |time| time.to_unix());
    SystemTime::UNIX_EPOCH
        .checked_add(Duration::new(seconds, nanos))
        .and_then(|submitted| submitted.elapsed().ok())
        .unwrap_or_default()
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
    fn an_id_tells_its_age() {
        assert!(age(Uuid::now_v7()) < Duration::from_secs(60));
        let hour = Duration::from_secs(3600);
        let old = SystemTime::now().checked_sub(hour).and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        let seconds = old.expect("a time after 1970").as_secs();
        let id = Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, 0));
        assert!((hour..hour * 2).contains(&age(id)));
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let times = (Duration::from_secs(1), Duration::from_secs(60));
        let seconds: Vec<u64> = (1..=8).map(|attempts| backoff(times, attempts).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60]);
    }
}
