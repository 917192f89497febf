//! The keeper: one thread a node, which renews the leases of all jobs that the node has, and reads the database's clock.
//!
//! It has a runtime and a connection of its own, so that functions which block the service's threads, and writes that wait for their turn,
//! do not let a lease end.

use std::collections::HashSet;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::clock::Reading;
use super::node::{Keeper, Node};
use super::outage::Outage;
use super::{clock, record, sql};
use crate::schema::ColumnType;
use crate::store::{Store, StoreError};
use crate::value::Value;

/// How soon it is tried again when it failed.
const AGAIN: Duration = Duration::from_secs(1);
/// Later than this no job of ours is due: a lease takes half a minute, a pause one.
const TOO_LATE: Duration = Duration::from_secs(5 * 60);

/// Starts the thread, which ends when it is told to.
///
/// # Panics
/// When the system starts no more threads.
pub(super) fn start(node: &Arc<Node>) {
    let (weak, keeper) = (Arc::downgrade(node), node.keeper.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("the system gives a runtime what it needs");
    let thread = std::thread::Builder::new().name("pxt-leases".to_owned());
    thread.spawn(move || runtime.block_on(run(weak, &keeper))).expect("the system starts threads");
}

async fn run(weak: Weak<Node>, keeper: &Keeper) {
    let _ended = Ended(keeper);
    let (mut store, mut outage) = (None, Outage::default());
    let mut pause = Duration::ZERO;
    while let Some(node) = weak.upgrade().filter(|node| !node.has_stopped()) {
        if !pause.is_zero() {
            let round: BoxFuture<'_, _> = Box::pin(round(&node, &mut store));
            if let Err(error) = round.await {
                outage.note("the leases of jobs could not be renewed", &error);
            }
        }
        let renew = node.records.times.renew;
        pause = if outage.end_round() { renew.min(AGAIN) } else { renew };
        drop(node);
        // Told, or when the time has come.
        let _ = tokio::time::timeout(pause, keeper.stop.notified()).await;
    }
    if let Some(store) = store {
        store.close().await;
    }
}

/// Says in the end that the thread has ended, however it does.
struct Ended<'k>(&'k Keeper);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!(
                "the leases of jobs are not renewed any more: other nodes will take over what takes long here"
            );
        }
        // Nobody else does.
        let _ = self.0.ended.set(());
    }
}

async fn round(node: &Node, store: &mut Option<Store>) -> Result<(), StoreError> {
    let store = match store {
        Some(store) => store,
        None => store.insert(node.records.store.reopen().await?),
    };
    let clock = &node.records.clock;
    let (reading, is_precise) = Reading::of(store).await?;
    let reading = if is_precise { reading } else { clock.last() };
    if clock.jumps(reading) {
        tracing::warn!("the clock of the database was set: leases of jobs are renewed by the new time");
    }
    // Before anybody here takes the new time for the one at which leases end.
    renew(node, store, reading).await?;
    clock.set(reading);
    recall(node, store, reading).await
}

/// Looks for jobs that would never be due, as the clock was ahead when they were written.
async fn recall(node: &Node, store: &Store, reading: Reading) -> Result<(), StoreError> {
    let (now, lease) = (reading.now(), node.records.times.lease);
    let values = vec![record::at(clock::after(now, lease)), record::at(clock::after(now, TOO_LATE))];
    let recalled = store.change_own(sql::RECALL, values, &[("id", ColumnType::Uuid)]).await?;
    if !recalled.is_empty() {
        tracing::warn!(jobs = recalled.len(), "jobs were due in a future that the clock had shown: they are due now");
    }
    Ok(())
}

/// Renews the leases of all jobs that this node has.
async fn renew(node: &Node, store: &Store, reading: Reading) -> Result<(), StoreError> {
    let leases: Vec<_> = node.leases.all().into_iter().filter(|lease| !lease.is_finished()).collect();
    let end = clock::after(reading.now(), node.records.times.lease);
    let text = sql::renew(store.skip_locked());
    for leases in leases.chunks(sql::RENEWED) {
        let mut values = vec![Value::Uuid(node.records.node), record::at(end)];
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
            node.runtime.spawn(async move {
                if let Err(error) = lease.look().await {
                    tracing::warn!(job = %lease.id, %error, "a job could not be read");
                }
            });
        }
    }
    Ok(())
}
