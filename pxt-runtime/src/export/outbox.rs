//! The outbox: answers that wait in the service's own database until their target has them.
//!
//! How an answer goes to its target:
//!
//! 1. The `commit` of the row stores a row here too, which is numbered in the order of the commits. It holds the answer, or, if a function
//!    has yet to make it, what it is made of: then it is `held` until the answer is there. How many rows may wait is in `backlog`.
//! 2. The `delivery` to each table of a target is one node's, by a `lease`. It goes in `round`s: a batch of rows is read in their order,
//!    written to the target, and removed.
//! 3. What the target refuses is tried again some times and then stays, until somebody decides. Meanwhile rows of the same key wait
//!    behind it (`plan`), and no others. While the target is away, everything waits.
//!
//! A crash between the second and the third part of a round delivers rows twice; the target's column `_pxt_export_id` tells them.

mod backlog;
mod commit;
mod delivery;
mod held;
mod ids;
mod lease;
mod pace;
mod plan;
mod round;
mod row;
mod sql;
mod writers;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;
use uuid::Uuid;

use self::backlog::Backlog;
use self::ids::Ids;
use super::row_export::RowExport;
use super::settings::ExportConfig;
use crate::error::Result;
use crate::jobs::Clock;
use crate::schema::{ColumnType, fnv1a};
use crate::store::{Answered, EXPORTS, Store, StoreError, TARGETS, TableStatements};
use crate::value::Value;

pub(crate) use self::commit::{Entry, OutboxCommit, Queued};
pub(crate) use self::held::Shaper;
pub(crate) use self::row::{State, key_of, text};

/// The outbox of a database, as one node sees it.
pub(crate) struct Outbox {
    store: Store,
    rows: Arc<TableStatements>,
    clock: Clock,
    ids: Ids,
    /// Tells this node from others, and from itself before a restart.
    node: Uuid,
    config: ExportConfig,
    times: Times,
    /// How much waits for which target, by the target's id.
    backlogs: Mutex<HashMap<i64, Arc<Backlog>>>,
    /// Answers that are being written down, for rows that are held.
    filling: Mutex<JoinSet<()>>,
    /// Who delivers to which target, by the target's id.
    deliveries: Mutex<HashMap<i64, Delivery>>,
    stopping: AtomicBool,
}

/// A delivery that goes on in this process.
struct Delivery {
    /// Told when there is something to deliver.
    wake: Arc<Notify>,
    routes: Arc<Mutex<Routes>>,
    task: tokio::task::JoinHandle<()>,
}

/// The times by which rows are kept going. Tests have shorter ones.
#[derive(Debug, Clone)]
pub(crate) struct Times {
    /// How long a target is a node's without a word.
    pub(crate) lease: Duration,
    /// How often leases are renewed, and forgotten rows looked for.
    pub(crate) renew: Duration,
    /// How often rows of other nodes are looked for.
    pub(crate) look: Duration,
    /// How long rows are gathered once there is one.
    pub(crate) gather: Duration,
    /// How long a row is held without a word of who makes its answer.
    pub(crate) held: Duration,
    /// The pause after a first failure, doubled after each, and the longest.
    pub(crate) backoff: (Duration, Duration),
}

impl Default for Times {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(30),
            renew: Duration::from_secs(10),
            look: Duration::from_secs(1),
            gather: Duration::from_millis(10),
            held: Duration::from_secs(60),
            backoff: (Duration::from_secs(1), Duration::from_secs(60)),
        }
    }
}

/// Routes that export to one table: by name where answers go, and who makes them.
pub(crate) type Routes = BTreeMap<String, (Arc<RowExport>, Weak<dyn Shaper>)>;

impl Outbox {
    /// Makes the tables where they are missing. Nothing is delivered before [`deliver`](Self::deliver).
    ///
    /// # Errors
    /// Those of making tables.
    pub(crate) async fn open(store: &Store, config: ExportConfig, times: Times) -> Result<Arc<Self>, StoreError> {
        store.make_exports().await?;
        Ok(Arc::new(Self {
            store: store.clone(),
            rows: store.prepare(&EXPORTS),
            clock: Clock::open(store).await?,
            ids: Ids::new(),
            node: Uuid::new_v4(),
            config,
            times,
            backlogs: Mutex::default(),
            filling: Mutex::default(),
            deliveries: Mutex::default(),
            stopping: AtomicBool::new(false),
        }))
    }

    /// Takes down the targets that this service exports to.
    ///
    /// # Errors
    /// Those of writing.
    pub(crate) async fn know(&self, destinations: &BTreeSet<String>) -> Result<(), StoreError> {
        let targets = self.store.prepare(&TARGETS);
        for name in destinations {
            let row = vec![
                Value::Int(target_id(name)),
                Value::String(name.clone()),
                Value::Null,
                Value::Int(0),
                Value::Null,
                Value::Null,
            ];
            match self.store.insert(&targets, row, None).await {
                Ok(_) | Err(StoreError::Duplicate { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        for name in self.awaited().await?.into_iter().filter(|name| !destinations.contains(name)) {
            tracing::warn!(
                "rows wait to be exported to `{name}`, and no route of this service exports there: if none does elsewhere, \
                 `pxt exports drop --target` removes them"
            );
        }
        Ok(())
    }

    /// The targets for which rows wait.
    async fn awaited(&self) -> Result<Vec<String>, StoreError> {
        let rows = self.store.sql_now(sql::AWAITED, Vec::new(), &[("name", ColumnType::String)]).await?;
        let name = |answered: Answered| match answered.row.into_iter().next() {
            Some(Value::String(name)) => Some(name),
            _ => None,
        };
        Ok(rows.into_iter().filter_map(name).collect())
    }

    /// Delivers the rows of these routes from now on, which all export to one table, beside those of earlier calls. Must be called inside
    /// a tokio runtime, which the delivery runs on.
    pub(crate) fn deliver(self: &Arc<Self>, destination: &str, routes: Routes) {
        let id = target_id(destination);
        let mut deliveries = self.deliveries();
        if let Some(delivery) = deliveries.get(&id) {
            lock(&delivery.routes).extend(routes);
            delivery.wake.notify_one();
            return;
        }
        let (wake, routes) = (Arc::new(Notify::new()), Arc::new(Mutex::new(routes)));
        let run = delivery::run(Arc::downgrade(self), id, destination.to_owned(), routes.clone(), wake.clone());
        deliveries.insert(id, Delivery { wake, routes, task: tokio::spawn(run) });
    }

    /// Refuses a request whose answer would have to wait behind too many others.
    ///
    /// # Errors
    /// 503 `export_queue_full` with `Retry-After`, and those of reading.
    pub(crate) async fn admit(&self, destination: &str) -> Result<()> {
        let target = target_id(destination);
        let backlog = lock(&self.backlogs).entry(target).or_default().clone();
        backlog.admit(&self.store, target, self.config.queue).await
    }

    /// Writes something down that nobody waits for but the stop.
    pub(crate) fn in_background(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut filling = lock(&self.filling);
        while filling.try_join_next().is_some() {}
        filling.spawn(work);
    }

    /// Stops delivering, and gives the leases back. What waits is delivered by others, or later.
    pub(crate) async fn stop(&self, most: Duration) {
        let mut filling = std::mem::take(&mut *lock(&self.filling));
        let filled = async { while filling.join_next().await.is_some() {} };
        if tokio::time::timeout(most, filled).await.is_err() {
            tracing::warn!("answers could not be written down for their export: they are made again");
        }
        self.stopping.store(true, Ordering::Release);
        let deliveries: Vec<_> = self.deliveries().drain().map(|(_, delivery)| delivery).collect();
        deliveries.iter().for_each(|delivery| delivery.wake.notify_one());
        let tasks = deliveries.into_iter().map(|delivery| delivery.task);
        let ended = async {
            for task in tasks {
                // A delivery that panicked has said so.
                let _ = task.await;
            }
        };
        if tokio::time::timeout(most, ended).await.is_err() {
            tracing::warn!(
                "a delivery of exports has not ended after {} s: it goes on at the next start",
                most.as_secs()
            );
        }
    }

    /// Tells who delivers to a target that there is something to deliver.
    fn wake(&self, target: i64) {
        if let Some(delivery) = self.deliveries().get(&target) {
            delivery.wake.notify_one();
        }
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    fn deliveries(&self) -> MutexGuard<'_, HashMap<i64, Delivery>> {
        lock(&self.deliveries)
    }

    /// The database's time as its rows have it.
    fn now(&self) -> i64 {
        self.clock.now().as_microsecond()
    }
}

/// The id of a target: the same on all nodes, so that nobody has to ask for it.
fn target_id(destination: &str) -> i64 {
    // The sign does not matter.
    fnv1a(destination).cast_signed()
}

/// A time so much later, as rows have it.
fn later(now: i64, by: Duration) -> i64 {
    now.saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
