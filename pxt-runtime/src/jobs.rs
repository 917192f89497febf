//! Durable background work: requests that are rows of the database until a worker of some node has done them.
//!
//! Whoever holds a job's lease works on it, and every write of a job names the row's version: who was overtaken writes
//! nothing. A row that a job commits is committed together with the job's own row, so that it is there exactly once.

mod ahead;
mod ask;
mod clean;
mod dispatch;
mod job;
mod lane;
mod lease;
mod outage;
mod places;
mod queue;
mod ready;
mod record;
mod settings;
mod watch;
mod worker;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use futures_util::future::{BoxFuture, join_all};
use tokio::runtime::Handle;
use tokio::sync::{Notify, RwLock};
use uuid::Uuid;

use self::ahead::Ahead;
use self::lease::Lease;
use self::places::Places;
use self::queue::Queue;
use self::settings::Times;
use self::watch::Watchers;
use crate::error::Result;
use crate::store::{JOB_FILES, JOBS, Store, StoreError, TableStatements};

pub use job::{Job, JobState, Listing, NewJob};
pub use settings::JobsConfig;
pub(crate) use worker::{JobCommit, Task};

/// How long handing jobs back may take once the time for running ones is over.
const HANDING_BACK: Duration = Duration::from_secs(5);

/// The background jobs of a database, as one node sees them. Clones are the same.
#[derive(Clone)]
pub struct Jobs(Arc<Shared>);

struct Shared {
    store: Store,
    jobs: Arc<TableStatements>,
    files: Arc<TableStatements>,
    config: JobsConfig,
    times: Times,
    /// Tells this node from others, and from itself before a restart.
    node: Uuid,
    /// When this node began.
    since: Instant,
    runtime: Handle,
    places: Arc<Places>,
    ahead: Ahead,
    queue: Queue,
    watchers: Arc<Watchers>,
    running: Mutex<HashMap<Uuid, Arc<Lease>>>,
    /// Told when there is something for the dispatcher to do.
    wake: Arc<Notify>,
    /// Held in common by whoever begins jobs; a stop takes it alone, so that no job begins behind its back.
    beginning: RwLock<()>,
    /// Told when nothing runs any more.
    idle: Notify,
    /// Whether jobs may wait that could start: a free place is for them.
    behind: AtomicBool,
    /// Whether a route had no place when the queue was looked at: one that is free again is worth a look.
    full: AtomicBool,
    dispatched: AtomicBool,
    stopping: AtomicBool,
    stopped: AtomicBool,
}

/// Does the jobs of a route.
pub(crate) trait Runner: Send + Sync {
    /// Does one job, and answers the JSON that the route would have answered. None when the job's commit has ended it, with its
    /// answer.
    fn run(self: Arc<Self>, task: Task) -> BoxFuture<'static, Result<Option<String>>>;
}

/// A route whose jobs this node does.
pub(crate) struct Work {
    /// The route's name: its path.
    pub(crate) route: String,
    /// What a job of it does, and to which tables: two routes of one name have to do the same.
    pub(crate) does: String,
    /// Does its jobs, for as long as somebody else keeps it.
    pub(crate) runner: Weak<dyn Runner>,
    /// How many of them run at once on this node; as many as there are places in all, if it does not say.
    pub(crate) concurrency: Option<usize>,
}

impl Jobs {
    /// Makes the tables where they are missing. Nothing runs before [`run`](Self::run). Must be called inside a tokio runtime,
    /// which the jobs run on.
    ///
    /// # Errors
    /// Those of making tables.
    pub(crate) async fn open(store: &Store, config: JobsConfig) -> Result<Self, StoreError> {
        Self::open_with(store, config, Times::default()).await
    }

    async fn open_with(store: &Store, config: JobsConfig, times: Times) -> Result<Self, StoreError> {
        store.make_own().await?;
        let wake = Arc::new(Notify::new());
        Ok(Self(Arc::new(Shared {
            store: store.clone(),
            jobs: store.prepare(&JOBS),
            files: store.prepare(&JOB_FILES),
            places: Arc::new(Places::new(config.concurrency, wake.clone())),
            config,
            times,
            node: Uuid::new_v4(),
            since: Instant::now(),
            runtime: Handle::current(),
            ahead: Ahead::default(),
            queue: Queue::default(),
            watchers: Arc::default(),
            running: Mutex::default(),
            wake,
            beginning: RwLock::default(),
            idle: Notify::new(),
            // What an earlier process left may wait.
            behind: AtomicBool::new(true),
            full: AtomicBool::new(false),
            dispatched: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
        })))
    }

    /// Submits a job: it is durable when this returns, with its files. Answers its id. Whoever stops waiting for it does not
    /// take it back.
    ///
    /// # Errors
    /// 503 `queue_full` with `Retry-After` when too many wait, 503 `stopping`, and those of writing.
    pub(crate) async fn submit(&self, new: NewJob) -> Result<Uuid> {
        let shared = self.0.clone();
        self.0.runtime.spawn(async move { shared.submit(new).await }).await.unwrap_or_else(|_| Err(queue::stopping()))
    }

    /// Does the jobs of these routes from now on, beside those of earlier calls.
    ///
    /// # Errors
    /// The name of a route whose jobs another one already does here, with other work; nothing is changed then.
    pub(crate) fn run(&self, work: Vec<Work>) -> std::result::Result<(), String> {
        let shared = &self.0;
        shared.places.add(work)?;
        shared.falls_behind();
        if !shared.dispatched.swap(true, Ordering::AcqRel) {
            shared.runtime.spawn(dispatch::run(Arc::downgrade(shared)));
        }
        shared.wake.notify_one();
        Ok(())
    }

    /// Takes no more jobs, waits for those that run, and hands back what still runs after so long.
    pub(crate) async fn stop(&self, most: Duration) {
        let shared = &self.0;
        if shared.has_stopped() {
            return;
        }
        shared.stopping.store(true, Ordering::Release);
        if tokio::time::timeout(most, shared.none_runs()).await.is_err() {
            // Whoever is writing that a job begins is in the list behind it.
            let _ = tokio::time::timeout(HANDING_BACK, shared.beginning.write()).await;
            let leases: Vec<_> = shared.running().values().cloned().collect();
            tracing::warn!("{} jobs still running after {} s are handed back", leases.len(), most.as_secs());
            let handed = join_all(leases.iter().map(|lease| lease.hand_back(None)));
            match tokio::time::timeout(HANDING_BACK, handed).await {
                Ok(handed) => {
                    for error in handed.into_iter().filter_map(Result::err) {
                        tracing::warn!(%error, "a job could not be handed back: another node takes it over");
                    }
                }
                Err(_) => tracing::warn!("jobs could not be handed back: other nodes take them over"),
            }
        }
        shared.stopped.store(true, Ordering::Release);
        shared.wake.notify_one();
    }

    /// The table that names the files which jobs need.
    pub(crate) fn files(&self) -> Arc<TableStatements> {
        self.0.files.clone()
    }
}

impl Shared {
    fn running(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<Lease>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until nothing runs. Nothing begins any more: this node stops.
    async fn none_runs(&self) {
        drop(self.beginning.write().await);
        loop {
            // Heard from before the look, so that the last one to end is not missed.
            let idle = self.idle.notified();
            if self.running().is_empty() {
                return;
            }
            idle.await;
        }
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    fn has_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    fn is_behind(&self) -> bool {
        self.behind.load(Ordering::Acquire)
    }

    fn is_full(&self) -> bool {
        self.full.load(Ordering::Acquire)
    }

    fn falls_behind(&self) {
        self.behind.store(true, Ordering::Release);
    }

    fn catches_up(&self) {
        self.behind.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests;
