//! Durable background work: requests that are rows of the database until some node has done them.
//!
//! How a job goes, from its submission to its end:
//!
//! 1. `submit` stores it as one row, with the rows of its files. Where a slot is free the same write claims it and marks it as running; where
//!    one will be free in a moment, since jobs are quick, it claims it.
//! 2. Else it waits in the queue, which is the rows that are pending. The `dispatch`er of any node claims as many as there is `room` for in its
//!    `slots`, in one statement. A `claim`ed job is this node's until its `lease` ends, by the database's `clock`; the `keeper` renews leases.
//! 3. An `attempt` does it in a slot: the route's functions run, and the commit of what they make stores the job's row too, so that it is
//!    there exactly once. Every write of a job names the row's version: who was overtaken writes nothing.
//! 4. The end is written: done, failed, or due again later. A lease that ends without a word is a crash, and the job is claimed again.
//!
//! A job that waits is `pending` without an owner; a claimed one is pending with an owner, and due when its lease ends; one that has run
//! for a tenth of a second is marked as `running`. Those that are finished are removed when they were kept long enough (`clean`).
//!
//! How many may wait is in `admission`, what a route sees of its job in `task`, what is asked of jobs in `ask` and `watch`, a row in `record`,
//! who reads and writes rows in `records`, every text of SQL in `sql`. `node` is what a node has of all this.

mod admission;
mod ask;
mod attempt;
mod claim;
mod clean;
mod clock;
mod dispatch;
mod job;
mod keeper;
mod lease;
mod leases;
mod node;
mod outage;
mod record;
mod records;
mod room;
mod settings;
mod slot;
mod slots;
mod sql;
mod submit;
mod task;
mod told;
mod watch;
mod watchers;
mod work;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::join_all;
use uuid::Uuid;

use self::node::Node;
use self::records::Records;
use self::settings::Times;
use crate::error::Result;
use crate::store::{Store, StoreError, TableStatements};

pub(crate) use attempt::backoff;
pub(crate) use clock::{Clock, Reading};
pub use job::{Job, JobState, Listing, NewJob};
pub use settings::JobsConfig;
pub(crate) use task::{JobCommit, Task};
pub(crate) use work::{Runner, Work};

/// How long handing jobs back may take once the time for running ones is over.
const HANDING_BACK: Duration = Duration::from_secs(5);

/// The background jobs of a database, as one node sees them. Clones are the same.
#[derive(Clone)]
pub struct Jobs(Arc<Node>);

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
        let records = Records::open(store, config, times).await?;
        let are_some_left = records.are_some_left().await?;
        Ok(Self(Arc::new(Node::new(records, are_some_left))))
    }

    /// Submits a job: it is durable when this returns, with its files. Answers its id. Whoever stops waiting for it does not
    /// take it back.
    ///
    /// # Errors
    /// 503 `queue_full` with `Retry-After` when too many wait, 503 `stopping`, and those of writing.
    pub(crate) async fn submit(&self, new: NewJob) -> Result<Uuid> {
        let node = self.0.clone();
        self.0.runtime.spawn(async move { node.submit(new).await }).await.unwrap_or_else(|_| Err(submit::stopping()))
    }

    /// Does the jobs of these routes from now on, beside those of earlier calls.
    ///
    /// # Errors
    /// The name of a route whose jobs another one already does here, with other work; nothing is changed then.
    pub(crate) fn run(&self, work: Vec<Work>) -> std::result::Result<(), String> {
        let node = &self.0;
        node.slots.add(work)?;
        if !node.dispatched.swap(true, Ordering::AcqRel) {
            keeper::start(node);
            node.runtime.spawn(dispatch::run(Arc::downgrade(node)));
        }
        node.wake.notify_one();
        Ok(())
    }

    /// Takes no more jobs, waits for those that run, and hands back what still runs after so long.
    pub(crate) async fn stop(&self, most: Duration) {
        let node = &self.0;
        if node.has_stopped() {
            return;
        }
        node.stopping.store(true, Ordering::Release);
        let ended = async {
            // Nothing is claimed behind it. What waits for a slot is others' at once.
            drop(node.claiming.write().await);
            claim::hand_back(node.slots.take_late(Duration::ZERO)).await;
            node.leases.none().await;
        };
        if tokio::time::timeout(most, ended).await.is_err() {
            // Whoever is writing that a job is claimed is in the list behind it.
            let _ = tokio::time::timeout(HANDING_BACK, node.claiming.write()).await;
            let leases = node.leases.all();
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
        node.stopped.store(true, Ordering::Release);
        node.wake.notify_one();
        node.keeper.stop.notify_one();
        if node.dispatched.load(Ordering::Acquire) {
            // Its connection goes before those of the service, the last of which tidies up.
            let _ = tokio::time::timeout(HANDING_BACK, node.keeper.ended.wait()).await;
        }
    }

    /// The table that names the files which jobs need.
    pub(crate) fn files(&self) -> Arc<TableStatements> {
        self.0.records.files.clone()
    }
}

#[cfg(test)]
mod tests;
