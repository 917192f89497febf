//! The dispatcher: one task a node, which claims jobs for the slots that are free and starts them.
//!
//! It looks at the queue about once a second, and at once when a slot is free again while jobs wait.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use uuid::Uuid;

use super::attempt;
use super::claim::{Claim, hand_back};
use super::lease::Lease;
use super::node::Node;
use super::outage::Outage;
use super::record::{self, ClaimedRow};
use crate::error::Error;
use crate::store::{Answered, StoreError, store_error};

/// How often a job may crash before it is given up: more often than a service is restarted while a job runs.
const CRASHES: u32 = 16;

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
            hand_back(node.slots.take_late(node.records.times.queued)).await;
            self.warn_of_taken(node);
        }
        node.start_claimed();
        if node.is_stopping() {
            return;
        }
        self.note("the queue of jobs could not be read", node.claim(looks).await);
        node.start_claimed();
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
        match done {
            // Whoever closed it, in the middle of a round, knows.
            Ok(_) | Err(StoreError::Closed) => {}
            Err(error) => self.outage.note(what, &error),
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
                "all slots for background jobs have been taken for a while: cancel what hangs; if nothing does, raise `jobs.concurrency`"
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
    fn start_claimed(self: &Arc<Self>) {
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
        let (rows, failed) = self.records.claim(&room).await;
        let claimed = self.take(rows).await;
        if failed.is_none() {
            self.slots.claimed(&room, &claimed);
        }
        // Of those that may have ended their process one is tried at a time, so that it alone is to blame.
        let (mut suspects, others): (Vec<_>, Vec<_>) =
            claimed.into_iter().partition(|claim| claim.lease().is_suspected());
        let waiting = suspects.split_off(suspects.len().min(1));
        for claim in &waiting {
            self.slots.falls_behind(claim.route());
        }
        hand_back(waiting).await;
        suspects.into_iter().chain(others).for_each(|claim| self.slots.push(claim));
        failed.map_or(Ok(()), Err)
    }

    /// Takes the rows of claimed jobs, in the order of their submission.
    async fn take(self: &Arc<Self>, rows: Vec<Answered>) -> Vec<Claim> {
        let mut claims = Vec::new();
        for row in rows {
            let identity = record::identity(&row);
            match (ClaimedRow::of_selected(row), identity) {
                (Ok(row), _) => claims.extend(self.take_one(row).await),
                (Err(cell), Some((id, version))) => self.give_up(id, version, &store_error(cell.into())).await,
                (Err(cell), None) => cell.log_left_out(),
            }
        }
        claims.sort_by_key(Claim::turn);
        claims
    }

    /// None when the job is given up, or goes on here.
    async fn take_one(&self, row: ClaimedRow) -> Option<Claim> {
        let here = self.leases.get(row.id);
        if let Some(lease) = here
            && lease.claimed_again(row.version, row.attempts).await
        {
            return None;
        }
        if row.crashes >= CRASHES {
            let text =
                format!("the job was given up: the process that ran it ended before it did, {} times", row.crashes);
            self.give_up(row.id, row.version, &Error::new(500, "job_abandoned", text)).await;
            return None;
        }
        if row.crashes > 0 {
            let (id, route) = (row.id, &*row.route);
            tracing::warn!(job = %id, route, crashes = row.crashes, "a job is tried again that nobody ended");
        }
        Some(Claim::new(&self.records, &self.leases, row))
    }

    /// Ends a claimed job that cannot be done; failing that, its lease ends, and it is claimed again.
    async fn give_up(&self, id: Uuid, version: i64, error: &Error) {
        if let Err(error) = self.records.give_up(id, version, error).await {
            tracing::warn!(job = %id, %error, "a job could not be given up");
        }
    }
}
