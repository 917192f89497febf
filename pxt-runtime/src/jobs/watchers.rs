//! Those who wait for what happens to jobs on this node.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use uuid::Uuid;

/// How soon a job is looked at again at the earliest: a function may report more often than anybody can read.
const SOON: Duration = Duration::from_millis(50);

/// Those who watch jobs on this node.
#[derive(Default)]
pub(super) struct Watchers {
    jobs: Mutex<HashMap<Uuid, watch::Sender<()>>>,
    /// How many jobs are watched, so that nobody takes the lock for nothing.
    count: AtomicUsize,
}

/// One who watches a job.
pub(super) struct Watcher {
    watchers: Arc<Watchers>,
    id: Uuid,
    told: watch::Receiver<()>,
    /// When it last heard something.
    heard: Option<Instant>,
}

impl Watchers {
    /// Says that something happened to a job.
    pub(super) fn tell(&self, id: Uuid) {
        if self.count.load(Ordering::Acquire) > 0
            && let Some(sender) = self.lock().get(&id)
        {
            sender.send_replace(());
        }
    }

    pub(super) fn watch(self: &Arc<Self>, id: Uuid) -> Watcher {
        let mut jobs = self.lock();
        let told = jobs.entry(id).or_default().subscribe();
        self.count.store(jobs.len(), Ordering::Release);
        Watcher { watchers: self.clone(), id, told, heard: None }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, watch::Sender<()>>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watcher {
    /// Waits until something happens on this node, or for so long.
    pub(super) async fn wait(&mut self, most: Duration) {
        // The sender stays as long as somebody watches.
        let _ = tokio::time::timeout(most, self.told.changed()).await;
        if let Some(early) = self.heard.and_then(|heard| SOON.checked_sub(heard.elapsed())) {
            tokio::time::sleep(early).await;
        }
        self.heard = Some(Instant::now());
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let mut jobs = self.watchers.lock();
        if let Entry::Occupied(entry) = jobs.entry(self.id)
            && entry.get().receiver_count() <= 1
        {
            entry.remove();
        }
        self.watchers.count.store(jobs.len(), Ordering::Release);
    }
}
