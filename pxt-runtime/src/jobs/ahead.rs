//! What was read of the queue beyond what could begin at once: the next jobs, in their order.
//!
//! Nothing is claimed by it. Whoever begins a job changes its row in the version that was read, and so learns when another
//! node was faster or the job was cancelled. Then all of it is out of date, and is read anew.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::record::Due;

/// How many jobs are asked for at once, with all that was asked of them: few, unless the last ones were short.
pub(super) const FEW: usize = 64;
const MANY: usize = 256;
/// What was asked of a short one, in bytes, on the average.
pub(super) const SHORT: usize = 4096;

/// The next jobs.
#[derive(Default)]
pub(super) struct Ahead(Mutex<Known>);

#[derive(Default)]
struct Known {
    due: VecDeque<Due>,
    /// Whether the last ones that were read were short.
    are_short: bool,
    /// Those that this node is about to begin: until that is written, whoever reads the queue finds them in it.
    beginning: HashSet<Uuid>,
}

/// A job that is about to begin, until this is dropped.
pub(super) struct Beginning<'a> {
    ahead: &'a Ahead,
    id: Uuid,
}

impl Ahead {
    /// Has these next.
    pub(super) fn fill(&self, due: Vec<Due>) {
        let bytes: usize = due.iter().map(|due| due.request.len()).sum();
        let mut known = self.lock();
        if !due.is_empty() {
            known.are_short = bytes <= due.len() * SHORT;
        }
        known.due = due.into();
    }

    /// How many to read at once.
    pub(super) fn batch(&self) -> usize {
        if self.lock().are_short { MANY } else { FEW }
    }

    /// Has none.
    pub(super) fn clear(&self) {
        self.lock().due.clear();
    }

    /// The next ones, so many at most.
    pub(super) fn take(&self, most: usize) -> Vec<Due> {
        let due = &mut self.lock().due;
        let count = most.min(due.len());
        due.drain(..count).collect()
    }

    /// The next one, if it is of this route and was not started so often before.
    pub(super) fn next_of(&self, route: &str, attempts: u32) -> Option<(Due, Beginning<'_>)> {
        let Known { due, beginning, .. } = &mut *self.lock();
        let next = due.front().is_some_and(|next| next.is_for(route, attempts));
        let next = if next { due.pop_front()? } else { return None };
        beginning.insert(next.id);
        let id = next.id;
        Some((next, Beginning { ahead: self, id }))
    }

    /// Whether the next one is not for whoever works on jobs of this route, by [`next_of`](Self::next_of).
    pub(super) fn is_for_another(&self, route: &str, attempts: u32) -> bool {
        self.lock().due.front().is_some_and(|next| !next.is_for(route, attempts))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().due.is_empty()
    }

    /// Those that are about to begin in the place of others.
    pub(super) fn beginning(&self) -> HashSet<Uuid> {
        self.lock().beginning.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Due {
    fn is_for(&self, route: &str, attempts: u32) -> bool {
        self.route == route && self.attempts < attempts
    }
}

impl Drop for Beginning<'_> {
    fn drop(&mut self) {
        self.ahead.lock().beginning.remove(&self.id);
    }
}
