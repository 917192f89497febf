//! The keeper: one thread a node, which renews the leases of all jobs that the node has, and reads the database's clock.
//!
//! It has a runtime and a connection of its own, so that functions which block the service's threads, and writes that wait for their turn,
//! do not let a lease end.

use std::collections::HashSet;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::{Notify, SetOnce};
use uuid::Uuid;

use super::clock::Reading;
use super::outage::Outage;
use super::{Shared, clock, record, sql};
use crate::schema::ColumnType;
use crate::store::{Store, StoreError};
use crate::value::Value;

/// How soon it is tried again when it failed.
const AGAIN: Duration = Duration::from_secs(1);

/// What the keeper and those whom it serves tell each other.
#[derive(Debug, Default)]
pub(super) struct Keeper {
    stop: Notify,
    ended: SetOnce<()>,
}

impl Keeper {
    /// Starts the thread, which ends when it is told to.
    ///
    /// # Panics
    /// When the system starts no more threads.
    pub(super) fn start(&self, shared: &Arc<Shared>) {
        let (weak, keeper) = (Arc::downgrade(shared), shared.keeper.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("the system gives a runtime what it needs");
        let thread = std::thread::Builder::new().name("pxt-leases".to_owned());
        thread.spawn(move || runtime.block_on(keeper.run(weak))).expect("the system starts threads");
    }

    /// Tells it to end.
    pub(super) fn stop(&self) {
        self.stop.notify_one();
    }

    /// Waits until it has.
    pub(super) async fn ended(&self) {
        self.ended.wait().await;
    }

    async fn run(&self, weak: Weak<Shared>) {
        let (mut store, mut outage) = (None, Outage::default());
        let mut pause = Duration::ZERO;
        while let Some(shared) = weak.upgrade().filter(|shared| !shared.has_stopped()) {
            if !pause.is_zero() {
                let round: BoxFuture<'_, _> = Box::pin(round(&shared, &mut store));
                if let Err(error) = round.await {
                    outage.note("the leases of jobs could not be renewed", &error);
                }
            }
            let renew = shared.times.renew;
            pause = if outage.end_round() { renew.min(AGAIN) } else { renew };
            drop(shared);
            // Told, or when the time has come.
            let _ = tokio::time::timeout(pause, self.stop.notified()).await;
        }
        if let Some(store) = store {
            store.close().await;
        }
        // Nobody else does.
        let _ = self.ended.set(());
    }
}

async fn round(shared: &Shared, store: &mut Option<Store>) -> Result<(), StoreError> {
    let store = match store {
        Some(store) => store,
        None => store.insert(shared.store.reopen().await?),
    };
    let reading = Reading::of(store).await?;
    if shared.clock.jumps(reading) {
        tracing::warn!("the clock of the database was set: leases of jobs are renewed by the new time");
    }
    // Before anybody here takes the new time for the one at which leases end.
    renew(shared, store, reading).await?;
    shared.clock.set(reading);
    Ok(())
}

/// Renews the leases of all jobs that this node has.
async fn renew(shared: &Shared, store: &Store, reading: Reading) -> Result<(), StoreError> {
    let leases: Vec<_> = shared.leases().values().filter(|lease| !lease.is_finished()).cloned().collect();
    let end = clock::after(reading.now(), shared.times.lease);
    let text = sql::renew();
    for leases in leases.chunks(sql::RENEWED) {
        let mut values = vec![Value::Uuid(shared.node), record::at(end)];
        // The text has a fixed number of ids; the first stands in for those that are missing.
        let ids = leases.iter().chain(std::iter::repeat(&leases[0])).take(sql::RENEWED);
        values.extend(ids.map(|lease| Value::Uuid(lease.id)));
        let rows = store.change_own(&text, values, &[("id", ColumnType::Uuid)]).await?;
        let renewed: HashSet<Uuid> = rows
            .iter()
            .filter_map(|row| if let [Value::Uuid(id)] = *row.row.as_slice() { Some(id) } else { None })
            .collect();
        for lease in leases.iter().filter(|lease| !renewed.contains(&lease.id)).cloned() {
            // By the store of the service, which may be busy: not here.
            shared.runtime.spawn(async move {
                if let Err(error) = lease.look().await {
                    tracing::warn!(job = %lease.id, %error, "a job could not be read");
                }
            });
        }
    }
    Ok(())
}
