//! What the functions of a job said of how far it is, and whether that is written down.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::compute::Progress;

/// How often progress is written to the row.
const PROGRESS: Duration = Duration::from_secs(1);

/// What was said last.
#[derive(Default)]
pub(super) struct Told(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    last: Option<Progress>,
    is_new: bool,
    written: Option<Instant>,
}

impl Told {
    pub(super) fn tell(&self, progress: Progress) {
        let mut told = self.lock();
        (told.last, told.is_new) = (Some(progress), true);
    }

    pub(super) fn last(&self) -> Option<Progress> {
        self.lock().last.clone()
    }

    /// Whether there is something to write that is worth a write of its own.
    pub(super) fn is_due(&self) -> bool {
        let told = self.lock();
        told.is_new && told.written.is_none_or(|written| written.elapsed() >= PROGRESS)
    }

    /// What was said since it was last taken, as the row keeps it: JSON.
    pub(super) fn take(&self) -> Option<String> {
        let mut told = self.lock();
        let text = if told.is_new { serde_json::to_string(&told.last).ok()? } else { return None };
        (told.is_new, told.written) = (false, Some(Instant::now()));
        Some(text)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
