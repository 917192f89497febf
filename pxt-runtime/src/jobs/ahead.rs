//! What was read of the queue beyond what could begin at once: the next jobs, in their order.
//!
//! Nothing is claimed by it. Whoever begins a job changes its row in the version that was read, and so learns when another
//! node was faster or the job was cancelled. Then all of it is out of date, and is read anew.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::record::Record;

/// The next jobs.
#[derive(Default)]
pub(super) struct Ahead(Mutex<VecDeque<Record>>);

impl Ahead {
    /// Has these next.
    pub(super) fn fill(&self, records: Vec<Record>) {
        *self.lock() = records.into();
    }

    /// Has none.
    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    /// The next ones, so many at most.
    pub(super) fn take(&self, most: usize) -> Vec<Record> {
        let mut records = self.lock();
        let count = most.min(records.len());
        records.drain(..count).collect()
    }

    /// The next one, if it is of this route and was not started so often before.
    pub(super) fn next_of(&self, route: &str, attempts: u32) -> Option<Record> {
        let mut records = self.lock();
        let next = records.front().is_some_and(|record| record.job.route == route && record.job.attempts < attempts);
        if next { records.pop_front() } else { None }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Record>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
