//! The dispatcher: one task a node, which claims jobs for the slots that are free and starts them.
//!
//! It looks at the queue about once a second, and at once when a slot is free again while jobs wait.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::claim::{Claim, hand_back};
use super::lease::Lease;
use super::node::Node;
use super::outage::Outage;
use super::record::{self, ClaimedRow};
use super::slots::Part;
use super::{attempt, clock, sql};
use crate::error::Error;
use crate::store::{StoreError, store_error};
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
pub(super) async fn run(weak: Weak<Node>) {
    let mut rounds = Rounds::default();
    loop {
        let Some(node) = weak.upgrade().filter(|node| !node.has_stopped()) else { return };
        rounds.next(&node).await;
        let is_idle = node.leases.is_empty();
        let (wake, look, mark) = (node.wake.clone(), node.records.times.look, node.records.times.mark);
        drop(node);
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
    async fn next(&mut self, node: &Arc<Node>) {
        if is_time(&mut self.written_down, node.records.times.mark) {
            self.note("what jobs say of themselves could not be written", node.write_down().await);
        }
        let looks = is_time(&mut self.looked, node.records.times.look);
        if looks {
            hand_back(node.slots.take_late(node.records.times.ready)).await;
            self.warn_of_taken(node);
        }
        node.start_ready();
        if node.is_stopping() {
            return;
        }
        self.note("the queue of jobs could not be read", node.claim(looks).await);
        node.start_ready();
        if is_time(&mut self.cleaned, node.records.times.clean) {
            match node.clean().await {
                // At once, but behind what is to begin.
                Ok(true) => {
                    self.cleaned = None;
                    node.wake.notify_one();
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
    fn warn_of_taken(&mut self, node: &Node) {
        let Some(routes) = node.slots.taken() else { return self.taken = None };
        if self.taken.get_or_insert_with(Instant::now).elapsed() >= node.records.times.taken {
            self.taken = None;
            let routes: Vec<_> = routes.iter().map(|(route, count)| format!("{route} ({count})")).collect();
            tracing::warn!(
                routes = routes.join(", "),
                seconds = node.records.times.taken.as_secs(),
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

impl Node {
    /// Writes down what is known of the jobs that run here: all of it, whatever fails; answers the first failure.
    async fn write_down(&self) -> Result<(), StoreError> {
        let leases = self.leases.all();
        join_all(leases.iter().map(|lease| lease.write_down())).await.into_iter().collect()
    }

    /// Starts what is claimed, as far as there are slots.
    fn start_ready(self: &Arc<Self>) {
        while let Some((claim, runner, slot)) = self.slots.next() {
            attempt::start(self, claim, runner, slot);
        }
    }

    /// Claims jobs for which there is room; with `look`, also of routes of which nobody said that jobs wait.
    async fn claim(self: &Arc<Self>, look: bool) -> Result<(), StoreError> {
        // A stop waits for it, and does not begin to wait for the one that comes after.
        let Ok(_claiming) = self.claiming.try_read() else { return Ok(()) };
        if self.is_stopping() || self.leases.any(Lease::is_to_be_alone) {
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
            claimed.into_iter().partition(|claim| claim.lease().is_suspected());
        let waiting = suspects.split_off(suspects.len().min(1));
        for claim in &waiting {
            self.slots.falls_behind(claim.route());
        }
        hand_back(waiting).await;
        suspects.into_iter().chain(others).for_each(|claim| self.slots.push(claim));
        Ok(())
    }

    /// Claims up to so many jobs, in the order of their submission.
    async fn claim_of(self: &Arc<Self>, most: usize, parts: &[Part]) -> Result<Vec<Claim>, StoreError> {
        let now = self.records.clock.now();
        let count = |count: usize| Value::Int(i64::try_from(count).unwrap_or(i64::MAX));
        let lease = record::at(clock::after(now, self.records.times.lease));
        let mut values = vec![record::at(now), Value::Uuid(self.records.node), lease, count(most)];
        for part in parts {
            values.push(count(part.most));
            values.extend(part.routes.iter().map(|route| Value::String(route.as_ref().to_owned())));
        }
        let text = sql::claim(
            &parts.iter().map(|part| part.routes.len()).collect::<Vec<_>>(),
            self.records.store.skip_locked(),
        );
        let mut claims = Vec::new();
        for row in self.records.store.change_own(&text, values, &sql::columns(sql::CLAIMED)).await? {
            let identity = record::identity(&row);
            match (ClaimedRow::of_selected(row), identity) {
                (Ok(job), _) => claims.extend(self.take(job).await?),
                (Err(cell), Some((id, version))) => {
                    self.records.give_up(id, version, &store_error(cell.into())).await?
                }
                (Err(cell), None) => cell.log_left_out(),
            }
        }
        claims.sort_by_key(Claim::turn);
        Ok(claims)
    }

    /// Takes a job that was claimed. None when it is given up, or goes on.
    async fn take(self: &Arc<Self>, job: ClaimedRow) -> Result<Option<Claim>, StoreError> {
        let here = self.leases.get(job.id);
        if let Some(lease) = here {
            lease.claimed_again(job.version).await;
            return Ok(None);
        }
        if job.crashes >= CRASHES {
            let text =
                format!("the job was given up: the process that ran it ended before it did, {} times", job.crashes);
            self.records.give_up(job.id, job.version, &Error::new(500, "job_abandoned", text)).await?;
            return Ok(None);
        }
        if job.crashes > 0 {
            let (id, route) = (job.id, &*job.route);
            tracing::warn!(job = %id, route, crashes = job.crashes, "a job is tried again that nobody ended");
        }
        Ok(Some(Claim::new(&self.records, &self.leases, job)))
    }
}
