//! What this node has for jobs: its slots, what it has claimed, and who tells whom.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tokio::runtime::Handle;
use tokio::sync::{Notify, RwLock, SetOnce};

use super::admission::Waiting;
use super::leases::Leases;
use super::records::Records;
use super::slots::Slots;

/// A node of the service.
pub(super) struct Node {
    pub(super) records: Arc<Records>,
    /// Which jobs run on.
    pub(super) runtime: Handle,
    /// When this node began.
    pub(super) since: Instant,
    pub(super) waiting: Waiting,
    pub(super) slots: Slots,
    pub(super) leases: Arc<Leases>,
    /// Told when there is something for the dispatcher to do.
    pub(super) wake: Arc<Notify>,
    pub(super) keeper: Arc<Keeper>,
    /// Held in common by whoever claims jobs; a stop takes it alone, so that no job is claimed behind its back.
    pub(super) claiming: RwLock<()>,
    /// Whether there are dispatcher and keeper.
    pub(super) dispatched: AtomicBool,
    pub(super) stopping: AtomicBool,
    pub(super) stopped: AtomicBool,
}

/// What the thread that renews leases hears and says.
#[derive(Debug, Default)]
pub(super) struct Keeper {
    /// Told when it is to end.
    pub(super) stop: Notify,
    /// Set when it has.
    pub(super) ended: SetOnce<()>,
}

impl Node {
    /// Over a database in which jobs may be left. Must be called inside the runtime that jobs run on.
    pub(super) fn new(records: Records, are_some_left: bool) -> Self {
        let wake = Arc::new(Notify::new());
        Self {
            slots: Slots::new(records.config.concurrency, records.times.quick, are_some_left, wake.clone()),
            records: Arc::new(records),
            runtime: Handle::current(),
            since: Instant::now(),
            waiting: Waiting::default(),
            leases: Arc::default(),
            wake,
            keeper: Arc::default(),
            claiming: RwLock::default(),
            dispatched: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
        }
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    pub(super) fn has_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.keeper.stop.notify_one();
    }
}
