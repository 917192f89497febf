//! What was read of the queue beyond what could begin at once: the next jobs, in their order.
//!
//! Nothing is claimed by it. Whoever begins a job changes its row in the version that was read, and so learns when another
//! node was faster or the job was cancelled. Then all of it is out of date, and is read anew.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::record::Due;

/// The next jobs.
#[derive(Default)]
pub(super) struct Ahead(Mutex<VecDeque<Due>>);

impl Ahead {
    /// Has these next.
    pub(super) fn fill(&self, due: Vec<Due>) {
        *self.lock() = due.into();
    }

    /// Has none.
    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    /// The next ones, so many at most.
    pub(super) fn take(&self, most: usize) -> Vec<Due> {
        let mut due = self.lock();
        let count = most.min(due.len());
        due.drain(..count).collect()
    }

    /// The next one, if it is of this route and was not started so often before.
    pub(super) fn next_of(&self, route: &str, attempts: u32) -> Option<Due> {
        let mut due = self.lock();
        let next = due.front().is_some_and(|next| next.route == route && next.attempts < attempts);
        if next { due.pop_front() } else { None }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Due>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
