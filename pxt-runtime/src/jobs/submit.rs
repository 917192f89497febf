//! Submitting jobs: one row, with the rows of its files in the same transaction. A job for which a slot is free is
//! claimed by the same write.

use std::sync::Arc;

use uuid::Uuid;

use super::claim::Claim;
use super::node::Node;
use super::record::{self, ClaimedRow};
use super::slots::Start;
use super::{NewJob, attempt};
use crate::error::{Error, Result};
use crate::store::{Member, store_error};
use crate::value::Value;

impl Node {
    /// Stores a job, and starts it when a slot is free and no other waits for it.
    pub(super) async fn submit(self: &Arc<Self>, new: NewJob) -> Result<Uuid> {
        // A stop waits for those that are being claimed, and nobody waits for a stop.
        let _claiming = self.claiming.try_read().ok().filter(|_| !self.is_stopping()).ok_or_else(stopping)?;
        let start = self.slots.take(&new.route);
        if matches!(start, Start::Later) {
            self.waiting.admit(&self.records, &self.leases).await?;
        }
        let (id, now) = (self.records.clock.new_id(), self.records.clock.now());
        let claimed = record::claimed(self.records.node, now, self.records.times.lease);
        let changes = match start {
            Start::Now(..) => [claimed, record::running(now, 1)].concat(),
            Start::Soon(_) => claimed,
            Start::Later => Vec::new(),
        };
        let row = Member::insert(&self.records.jobs, record::submitted(id, &new, now, changes), None);
        let file = |(number, file)| {
            let number = i64::try_from(number).unwrap_or(i64::MAX);
            Member::insert(&self.records.files, vec![Value::Uuid(id), Value::Int(number), Value::Media(file)], None)
        };
        let NewJob { route, request, files } = new;
        let files = files.into_iter().enumerate().map(file);
        self.records.store.together(std::iter::once(row).chain(files).collect()).await.map_err(store_error)?;
        let claim = |route: String| {
            let route = route.into();
            let row = ClaimedRow { id, route, version: 1, attempts: 0, crashes: 0, request, committed: None };
            Claim::new(&self.records, &self.leases, row)
        };
        match start {
            Start::Now(runner, slot) => {
                let claim = claim(route);
                claim.lease().set_marked();
                attempt::start(self, claim, runner, slot);
            }
            Start::Soon(coming) => {
                self.slots.push(claim(route));
                drop(coming);
                self.wake.notify_one();
            }
            Start::Later if self.slots.falls_behind(&route) => self.wake.notify_one(),
            Start::Later => {}
        }
        Ok(id)
    }
}

pub(super) fn stopping() -> Error {
    Error::new(503, "stopping", "the service is stopping: try again").with_retry_after(1)
}
