//! What dispatcher and keeper say of a database that fails: once when that begins, and once when it is over.

use std::time::Instant;

use crate::store::StoreError;

/// Failures of rounds, from the first one to the first round without.
#[derive(Default)]
pub(super) struct Outage {
    since: Option<Instant>,
    /// Whether something failed in this round.
    is_failing: bool,
}

impl Outage {
    /// Takes down what failed in this round.
    pub(super) fn note(&mut self, what: &str, error: &StoreError) {
        self.is_failing = true;
        if self.since.is_none() {
            self.since = Some(Instant::now());
            tracing::warn!(%error, "{what}: tried again once a second, and told when it works");
        } else {
            tracing::debug!(%error, "{what}");
        }
    }

    /// Ends a round. Whether something failed in it.
    pub(super) fn end_round(&mut self) -> bool {
        let failed = std::mem::take(&mut self.is_failing);
        if !failed && let Some(since) = self.since.take() {
            tracing::info!(seconds = since.elapsed().as_secs_f64(), "the queue of jobs works again");
        }
        failed
    }
}
