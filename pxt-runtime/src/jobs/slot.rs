//! Room for one running job.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, OwnedSemaphorePermit};

/// A slot that a job has, until this is dropped.
pub(super) struct Slot {
    /// Of the route and of the node; none once they are given back.
    permits: Option<(OwnedSemaphorePermit, OwnedSemaphorePermit)>,
    /// When the job was started in it.
    started: Option<Instant>,
    pace: Pace,
    freed: Arc<Notify>,
}

/// Whether the jobs of a route are quick, as the last one was that was started.
#[derive(Clone)]
pub(super) struct Pace {
    is_quick: Arc<AtomicBool>,
    quick: Duration,
}

/// As long as there is one, no other job is started on the node.
pub(super) struct Alone {
    count: Arc<AtomicUsize>,
    freed: Arc<Notify>,
}

impl Slot {
    /// With the permits of the route and of the node. In the end it says how long the job took, and that there is a slot.
    pub(super) fn new(permits: (OwnedSemaphorePermit, OwnedSemaphorePermit), pace: Pace, freed: Arc<Notify>) -> Self {
        Self { permits: Some(permits), started: None, pace, freed }
    }

    /// The job is started.
    pub(super) fn start(&mut self) {
        self.started = Some(Instant::now());
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(started) = self.started {
            self.pace.is_quick.store(started.elapsed() < self.pace.quick, Ordering::Relaxed);
        }
        // Before anybody is told.
        self.permits = None;
        self.freed.notify_one();
    }
}

impl Pace {
    /// A job that took less than this is quick.
    pub(super) fn new(quick: Duration) -> Self {
        Self { is_quick: Arc::default(), quick }
    }

    pub(super) fn is_quick(&self) -> bool {
        self.is_quick.load(Ordering::Relaxed)
    }

    /// Jobs were expected to be quick, and are not.
    pub(super) fn is_slow(&self) {
        self.is_quick.store(false, Ordering::Relaxed);
    }
}

impl Alone {
    pub(super) fn new(count: Arc<AtomicUsize>, freed: Arc<Notify>) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self { count, freed }
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        // Before anybody is told.
        self.count.fetch_sub(1, Ordering::AcqRel);
        self.freed.notify_one();
    }
}
