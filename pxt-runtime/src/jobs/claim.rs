//! A job that this node has claimed, from then on until the node has done with it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use uuid::Uuid;

use super::lease::Lease;
use super::leases::Leases;
use super::record::ClaimedRow;
use super::records::Records;
use super::task::Task;

/// A claimed job, whose lease is among those of the node until this is dropped.
pub(super) struct Claim {
    leases: Arc<Leases>,
    lease: Arc<Lease>,
    /// None once it is being done.
    task: Option<Task>,
    since: Instant,
}

impl Claim {
    pub(super) fn new(records: &Arc<Records>, leases: &Arc<Leases>, row: ClaimedRow) -> Self {
        let ClaimedRow { id, route, version, attempts, crashes, request, committed } = row;
        let lease = Lease::new(records, id, route, attempts, crashes, version);
        leases.insert(&lease);
        let task = Some(Task::new(lease.clone(), request, committed));
        Self { leases: leases.clone(), lease, task, since: Instant::now() }
    }

    pub(super) fn lease(&self) -> &Arc<Lease> {
        &self.lease
    }

    pub(super) fn route(&self) -> &Arc<str> {
        &self.lease.route
    }

    /// Those with a smaller one were submitted before.
    pub(super) fn turn(&self) -> Uuid {
        self.lease.id
    }

    /// How long ago it was claimed.
    pub(super) fn waited(&self) -> Duration {
        self.since.elapsed()
    }

    /// What is to be done, once; none of a job that is not this node's any more.
    pub(super) fn task(&mut self) -> Option<Task> {
        self.task.take().filter(|_| !self.lease.context.is_cancelled())
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Functions that nobody could stop may hold on to the lease.
        self.lease.free_slot();
        self.leases.remove(&self.lease);
    }
}

/// Hands back what was claimed and not started: each job has the turn that it had.
pub(super) async fn hand_back(claims: Vec<Claim>) {
    for handed in join_all(claims.iter().map(|claim| claim.lease().hand_back(None))).await {
        if let Err(error) = handed {
            tracing::warn!(%error, "a job could not be handed back: its lease will end");
        }
    }
}
