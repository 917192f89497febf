//! The leases of the jobs that this node has claimed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use uuid::Uuid;

use super::lease::Lease;

/// All of them, by the jobs' ids.
#[derive(Default)]
pub(super) struct Leases {
    leases: Mutex<HashMap<Uuid, Arc<Lease>>>,
    /// Told when there is none any more.
    none: Notify,
}

impl Leases {
    pub(super) fn insert(&self, lease: &Arc<Lease>) {
        self.lock().insert(lease.id, lease.clone());
    }

    /// Takes a lease out, unless the same job was claimed here again.
    pub(super) fn remove(&self, lease: &Arc<Lease>) {
        let mut leases = self.lock();
        if leases.get(&lease.id).is_some_and(|there| Arc::ptr_eq(there, lease)) {
            leases.remove(&lease.id);
        }
        if leases.is_empty() {
            self.none.notify_waiters();
        }
    }

    pub(super) fn get(&self, id: Uuid) -> Option<Arc<Lease>> {
        self.lock().get(&id).cloned()
    }

    pub(super) fn all(&self) -> Vec<Arc<Lease>> {
        self.lock().values().cloned().collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Whether this is true of one.
    pub(super) fn any(&self, is: impl Fn(&Lease) -> bool) -> bool {
        self.lock().values().any(|lease| is(lease))
    }

    /// Waits until there is none.
    pub(super) async fn none(&self) {
        loop {
            // Heard from before the look, so that the last one to go is not missed.
            let none = self.none.notified();
            if self.is_empty() {
                return;
            }
            none.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<Lease>>> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
