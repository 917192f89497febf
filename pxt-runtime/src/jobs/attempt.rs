//! One attempt at a job: its route does the work, and what became of it is written to the job's row.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use jiff::SignedDuration;

use super::claim::{self, Claim};
use super::clock;
use super::lease::Finish;
use super::node::Node;
use super::records::problem;
use super::slot::Slot;
use super::work::Runner;
use crate::error::{Error, Result};

/// How often the end of a job is written when the database cannot take it; then its lease ends, and another attempt
/// finds what was committed.
const WRITES: u32 = 5;

/// A claimed job in a slot.
pub(super) struct Attempt {
    node: Arc<Node>,
    claim: Claim,
}

/// Does the work of a claimed job in a task of its own, and writes its end.
pub(super) fn start(node: &Arc<Node>, claim: Claim, runner: Arc<dyn Runner>, slot: Slot) {
    node.runtime.spawn(Attempt { node: node.clone(), claim }.run(runner, slot));
}

impl Attempt {
    async fn run(mut self, runner: Arc<dyn Runner>, slot: Slot) {
        let Some(task) = self.claim.task() else { return };
        let lease = self.claim.lease().clone();
        let alone = lease.is_suspected().then(|| self.node.slots.alone());
        if alone.is_some() {
            let others = tokio::time::timeout(self.node.records.times.alone.0, self.node.slots.others_ended());
            tokio::select! {
                () = lease.ended() => return,
                _ = others => {}
            }
        }
        if lease.crashes > 0
            && let Err(error) = lease.mark().await
        {
            tracing::warn!(job = %lease.id, %error, "a job that has crashed could not be marked, and is not started");
            return;
        }
        if lease.context.is_cancelled() {
            return;
        }
        lease.start(slot, alone);
        let work = lease.context.clone().run(async move { runner.run(task).await });
        let result = tokio::select! {
            // A job that ended by its own commit may be told that it is over at the same moment.
            biased;
            result = AssertUnwindSafe(work).catch_unwind() => result,
            () = lease.ended() => return,
        };
        lease.free_slot();
        let panicked =
            |_| Err(Error::new(500, "internal", "the server could not do the job").with_source("a job panicked"));
        self.end(result.unwrap_or_else(panicked)).await;
    }

    /// Writes how the attempt ended.
    async fn end(&self, result: Result<Option<String>>) {
        let (records, lease) = (&self.node.records, self.claim.lease());
        if let Err(error) = &result
            && let Some(pause) = self.for_another(error).await
        {
            lease.hand_back(Some(pause)).await.unwrap_or_else(|error| {
                tracing::warn!(job = %lease.id, %error, "a job could not be handed back: another node takes it over");
            });
            return;
        }
        for attempt in 0..WRITES {
            let how = match &result {
                // Its commit has ended it.
                Ok(None) => return,
                Ok(Some(result)) => Finish::Done(result.clone()),
                Err(error) if error.code() == "job_lost" => return,
                // What crashed is no failure.
                Err(error) if may_pass(error) && lease.failures() < records.config.attempts => {
                    tracing::warn!(job = %lease.id, route = &*lease.route, cause = error.chain(), "a job is tried again later");
                    Finish::Later(backoff(records.times.backoff, lease.failures()))
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
        let Self { node, claim } = self;
        let (pause, until) = node.records.times.elsewhere;
        match error.code() {
            "schema_changed" => {
                // Another node changed the table. This one will know it when it was started again.
                claim::hand_back(node.slots.close(claim.route())).await;
                Some(Duration::ZERO)
            }
            "route_changed" => {
                let age =
                    node.records.clock.now().duration_since(clock::submitted(claim.turn())).max(SignedDuration::ZERO);
                let age = Duration::try_from(age).unwrap_or_default();
                // It may be ours that has changed: then no node is left in the end that reads the job.
                let may_be_read = age < until || node.since.elapsed() < until;
                may_be_read.then(|| (age / 4).clamp(pause, pause.saturating_mul(12)))
            }
            _ => None,
        }
    }
}

/// Whether another attempt may go better: what is busy or away now, and what the user's code calls 503.
fn may_pass(error: &Error) -> bool {
    error.status() == 503
}

/// The pause after so many attempts: the first, doubled after each, up to the longest.
pub(crate) fn backoff((first, longest): (Duration, Duration), attempts: u32) -> Duration {
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
