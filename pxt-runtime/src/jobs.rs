//! Durable background work: requests that are rows of the database until some node has done them.
//!
//! How a job goes, from its submission to its end:
//!
//! 1. `submit` stores it as one row, with the rows of its files. Where a slot is free the same write claims it.
//! 2. Any node may claim it: the `dispatch`er claims as many as there is room for in its `slots`, in one statement. A claimed job is this
//!    node's until its `lease` ends, by the database's `clock`; the `keeper` renews leases. It waits in the queue of its route for a slot.
//! 3. An `attempt` does it in a slot: the route's functions run, and the commit of what they make stores the job's row too, so that it is
//!    there exactly once. Every write of a job names the row's version: who was overtaken writes nothing.
//! 4. The end is written: done, failed, or due again later. A lease that ends without a word is a crash, and the job is claimed again.
//!
//! A job that waits is `pending` without an owner; a claimed one is pending with an owner, and due when its lease ends; one that has run
//! for a moment is marked as `running`. Those that are finished are removed when they were kept long enough (`clean`).
//!
//! What is asked of jobs is in `ask` and `watch`, the row in `record`, and every text of SQL in `sql`.

mod ask;
mod attempt;
mod clean;
mod clock;
mod dispatch;
mod job;
mod keeper;
mod lease;
mod outage;
mod record;
mod settings;
mod slots;
mod sql;
mod submit;
mod watch;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use futures_util::future::{BoxFuture, join_all};
use tokio::runtime::Handle;
use tokio::sync::{Notify, RwLock};
use uuid::Uuid;

use self::clock::Clock;
use self::keeper::Keeper;
use self::lease::Lease;
use self::settings::Times;
use self::slots::Slots;
use self::submit::Waiting;
use self::watch::Watchers;
use crate::error::Result;
use crate::store::{JOB_FILES, JOBS, Store, StoreError, TableStatements};

pub(crate) use attempt::{JobCommit, Task};
pub use job::{Job, JobState, Listing, NewJob};
pub use settings::JobsConfig;

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
    clock: Clock,
    keeper: Arc<Keeper>,
    waiting: Waiting,
    slots: Slots,
    /// The jobs that this node has claimed.
    leases: Mutex<HashMap<Uuid, Arc<Lease>>>,
    watchers: Arc<Watchers>,
    /// Told when there is something for the dispatcher to do.
    wake: Arc<Notify>,
    /// Held in common by whoever claims jobs; a stop takes it alone, so that no job is claimed behind its back.
    claiming: RwLock<()>,
    /// Told when no job is this node's any more.
    idle: Notify,
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
            slots: Slots::new(config.concurrency),
            config,
            times,
            node: Uuid::new_v4(),
            since: Instant::now(),
            runtime: Handle::current(),
            clock: Clock::open(store).await?,
            keeper: Arc::default(),
            waiting: Waiting::default(),
            leases: Mutex::default(),
            watchers: Arc::default(),
            wake,
            claiming: RwLock::default(),
            idle: Notify::new(),
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
        self.0.runtime.spawn(async move { shared.submit(new).await }).await.unwrap_or_else(|_| Err(submit::stopping()))
    }

    /// Does the jobs of these routes from now on, beside those of earlier calls.
    ///
    /// # Errors
    /// The name of a route whose jobs another one already does here, with other work; nothing is changed then.
    pub(crate) fn run(&self, work: Vec<Work>) -> std::result::Result<(), String> {
        let shared = &self.0;
        shared.slots.add(work)?;
        if !shared.dispatched.swap(true, Ordering::AcqRel) {
            shared.keeper.start(shared);
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
        let ended = async {
            // Nothing is claimed behind it. What waits for a slot is others' at once.
            drop(shared.claiming.write().await);
            shared.hand_back(shared.slots.take_late(Duration::ZERO)).await;
            shared.none_is_here().await;
        };
        if tokio::time::timeout(most, ended).await.is_err() {
            // Whoever is writing that a job is claimed is in the list behind it.
            let _ = tokio::time::timeout(HANDING_BACK, shared.claiming.write()).await;
            let leases: Vec<_> = shared.leases().values().cloned().collect();
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
        shared.keeper.stop();
        if shared.dispatched.load(Ordering::Acquire) {
            // Its connection goes before those of the service, the last of which tidies up.
            let _ = tokio::time::timeout(HANDING_BACK, shared.keeper.ended()).await;
        }
    }

    /// The table that names the files which jobs need.
    pub(crate) fn files(&self) -> Arc<TableStatements> {
        self.0.files.clone()
    }
}

impl Shared {
    fn leases(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<Lease>>> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until no job is this node's. None is claimed any more: this node stops.
    async fn none_is_here(&self) {
        loop {
            // Heard from before the look, so that the last one to end is not missed.
            let idle = self.idle.notified();
            if self.leases().is_empty() {
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
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.keeper.stop();
    }
}

#[cfg(test)]
mod tests;
