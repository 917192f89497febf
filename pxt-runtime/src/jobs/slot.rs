//! Room for one running job.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, OwnedSemaphorePermit};

/// A job that took less than this is quick: others of its route are claimed before there is a slot for them.
const QUICK: Duration = Duration::from_millis(100);
/// A slot that a job has, until this is dropped.
pub(super) struct Slot {
    /// Of the route and of the node; none once they are given back.
    permits: Option<(OwnedSemaphorePermit, OwnedSemaphorePermit)>,
    since: Instant,
    is_quick: Arc<AtomicBool>,
    freed: Arc<Notify>,
}

impl Slot {
    /// With the permits of the route and of the node. In the end it says whether the job was quick, and that there is a slot.
    pub(super) fn new(
        permits: (OwnedSemaphorePermit, OwnedSemaphorePermit),
        is_quick: Arc<AtomicBool>,
        freed: Arc<Notify>,
    ) -> Self {
        Self { permits: Some(permits), since: Instant::now(), is_quick, freed }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.is_quick.store(self.since.elapsed() < QUICK, Ordering::Relaxed);
        // Before anybody is told.
        self.permits = None;
        self.freed.notify_one();
    }
}
