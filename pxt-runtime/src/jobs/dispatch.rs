//! The dispatcher: one task a node, which claims jobs for the slots that are free and starts them.
//!
//! It looks at the queue about once a second, and at once when a slot is free again while jobs wait.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use uuid::Uuid;

use super::attempt::{Attempt, problem};
use super::outage::Outage;
use super::record::{self, Claimed};
use super::slots::Part;
use super::{JobState, Shared, clock, sql};
use crate::error::Error;
use crate::store::{StoreError, job, store_error};
use crate::value::Value;

/// How often a job may crash before it is given up: more often than a service is restarted while a job runs.
const CRASHES: u32 = 16;
/// The most parts of one statement that claims.
const PARTS: usize = 64;

/// What the dispatcher did when.
#[derive(Default)]
struct Rounds {
    looked: Option<Instant>,
    written_down: Option<Instant>,
    cleaned: Option<Instant>,
    /// Since when all slots are taken.
    taken: Option<Instant>,
    outage: Outage,
}

/// Looks after jobs until they are stopped, or until nobody has them any more.
pub(super) async fn run(weak: Weak<Shared>) {
    let mut rounds = Rounds::default();
    loop {
        let Some(shared) = weak.upgrade().filter(|shared| !shared.has_stopped()) else { return };
        rounds.next(&shared).await;
        let is_idle = shared.leases().is_empty();
        let (wake, look, mark) = (shared.wake.clone(), shared.times.look, shared.times.mark);
        drop(shared);
        if rounds.outage.end_round() {
            // Whoever fails meanwhile would wake it at once.
            tokio::time::sleep(look).await;
            continue;
        }
        // Told, or when the time has come.
        let _ = tokio::time::timeout(if is_idle { look } else { look.min(mark) }, wake.notified()).await;
    }
}

impl Rounds {
    async fn next(&mut self, shared: &Arc<Shared>) {
        if is_time(&mut self.written_down, shared.times.mark) {
            self.note("what jobs say of themselves could not be written", shared.write_down().await);
        }
        let looks = is_time(&mut self.looked, shared.times.look);
        if looks {
            shared.hand_back(shared.slots.take_late(shared.times.ready)).await;
            self.warn_of_taken(shared);
        }
        shared.start_ready();
        if shared.is_stopping() {
            return;
        }
        self.note("the queue of jobs could not be read", shared.claim(looks).await);
        shared.start_ready();
        if is_time(&mut self.cleaned, shared.times.clean) {
            match shared.clean().await {
                // At once, but behind what is to begin.
                Ok(true) => {
                    self.cleaned = None;
                    shared.wake.notify_one();
                }
                cleaned => self.note("finished jobs could not be removed", cleaned),
            }
        }
    }

    fn note<T>(&mut self, what: &str, done: Result<T, StoreError>) {
        if let Err(error) = done {
            self.outage.note(what, &error);
        }
    }

    /// Says which routes have all slots, when that lasts.
    fn warn_of_taken(&mut self, shared: &Shared) {
        let Some(routes) = shared.slots.taken() else { return self.taken = None };
        if self.taken.get_or_insert_with(Instant::now).elapsed() >= shared.times.taken {
            self.taken = None;
            let routes: Vec<_> = routes.iter().map(|(route, count)| format!("{route} ({count})")).collect();
            tracing::warn!(
                routes = routes.join(", "),
                seconds = shared.times.taken.as_secs(),
                "all slots for background jobs have been taken for a long time: cancel what hangs, or raise `jobs.concurrency`"
            );
        }
    }
}

/// Whether it is time for something again; it is done now then.
fn is_time(last: &mut Option<Instant>, pause: Duration) -> bool {
    let is_time = last.is_none_or(|last| last.elapsed() >= pause);
    if is_time {
        *last = Some(Instant::now());
    }
    is_time
}

impl Shared {
    /// Writes down what is known of the jobs that run here: all of it, whatever fails; answers the first failure.
    async fn write_down(&self) -> Result<(), StoreError> {
        let leases: Vec<_> = self.leases().values().cloned().collect();
        join_all(leases.iter().map(|lease| lease.write_down())).await.into_iter().collect()
    }

    /// Starts what is claimed, as far as there are slots.
    pub(super) fn start_ready(&self) {
        while let Some((attempt, runner, slot)) = self.slots.next() {
            attempt.start(runner, slot);
        }
    }

    /// A slot is free: those that are claimed come first, then those that wait in the database.
    pub(super) fn slot_is_free(&self) {
        self.start_ready();
        if self.slots.are_behind() {
            self.wake.notify_one();
        }
    }

    /// Claims jobs for which there is room; with `look`, also of routes of which nobody said that jobs wait.
    async fn claim(self: &Arc<Self>, look: bool) -> Result<(), StoreError> {
        // A stop waits for it, and does not begin to wait for the one that comes after.
        let Ok(_claiming) = self.claiming.try_read() else { return Ok(()) };
        if self.is_stopping() || self.leases().values().any(|lease| lease.is_to_be_alone()) {
            return Ok(());
        }
        let Some(room) = self.slots.room(look) else { return Ok(()) };
        let mut claimed = Vec::new();
        for parts in room.parts.chunks(PARTS) {
            claimed.append(&mut self.claim_of(room.most.saturating_sub(claimed.len()), parts).await?);
        }
        self.slots.claimed(&room, &claimed);
        // Of those that may have ended their process one is tried at a time, so that it alone is to blame.
        let (mut suspects, others): (Vec<_>, Vec<_>) =
            claimed.into_iter().partition(|attempt| attempt.lease().is_suspected());
        let waiting = suspects.split_off(suspects.len().min(1));
        for attempt in &waiting {
            self.slots.falls_behind(attempt.route());
        }
        self.hand_back(waiting).await;
        suspects.into_iter().chain(others).for_each(|attempt| self.slots.push(attempt));
        Ok(())
    }

    /// Claims up to so many jobs, in the order of their submission.
    async fn claim_of(self: &Arc<Self>, most: usize, parts: &[Part]) -> Result<Vec<Attempt>, StoreError> {
        let now = self.clock.now();
        let count = |count: usize| Value::Int(i64::try_from(count).unwrap_or(i64::MAX));
        let lease = record::at(clock::after(now, self.times.lease));
        let mut values = vec![record::at(now), Value::Uuid(self.node), lease, count(most)];
        for part in parts {
            values.push(count(part.most));
            values.extend(part.routes.iter().map(|route| Value::String(route.as_ref().to_owned())));
        }
        let text =
            sql::claim(&parts.iter().map(|part| part.routes.len()).collect::<Vec<_>>(), self.store.skip_locked());
        let mut attempts = Vec::new();
        for row in self.store.change_own(&text, values, &sql::columns(sql::CLAIMED)).await? {
            let identity = record::identity(&row);
            match (Claimed::of_selected(row), identity) {
                (Ok(job), _) => attempts.extend(self.take(job).await?),
                (Err(cell), Some((id, version))) => self.give_up(id, version, &store_error(cell.into())).await?,
                (Err(cell), None) => cell.log_left_out(),
            }
        }
        attempts.sort_by_key(Attempt::turn);
        Ok(attempts)
    }

    /// Takes a job that was claimed. None when it is given up, or goes on.
    async fn take(self: &Arc<Self>, job: Claimed) -> Result<Option<Attempt>, StoreError> {
        let here = self.leases().get(&job.id).cloned();
        if let Some(lease) = here {
            lease.claimed_again(job.version).await;
            return Ok(None);
        }
        if job.crashes >= CRASHES {
            let text =
                format!("the job was given up: the process that ran it ended before it did, {} times", job.crashes);
            self.give_up(job.id, job.version, &Error::new(500, "job_abandoned", text)).await?;
            return Ok(None);
        }
        if job.crashes > 0 {
            let (id, route) = (job.id, &*job.route);
            tracing::warn!(job = %id, route, crashes = job.crashes, "a job is tried again that nobody ended");
        }
        Ok(Some(Attempt::new(self, job)))
    }

    /// Ends a claimed job that cannot be done.
    async fn give_up(&self, id: Uuid, version: i64, error: &Error) -> Result<(), StoreError> {
        let mut changes = record::ended(JobState::Error, self.clock.now(), self.config.keep);
        changes.push((job::ERROR, Value::String(problem(error, id))));
        if self.store.update(&self.jobs, vec![Value::Uuid(id)], version, changes, None).await? {
            tracing::error!(job = %id, cause = error.chain(), "a job is given up");
            self.watchers.tell(id);
        }
        Ok(())
    }

    /// Hands back what was claimed and not started: each job has the turn that it had.
    pub(super) async fn hand_back(&self, attempts: Vec<Attempt>) {
        for handed in join_all(attempts.iter().map(|attempt| attempt.lease().hand_back(None))).await {
            if let Err(error) = handed {
                tracing::warn!(%error, "a job could not be handed back: its lease will end");
            }
        }
    }
}
