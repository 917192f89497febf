//! The right to deliver to a target: one node has it, so that rows of one key arrive in their order.

use std::time::{Duration, Instant};

use super::{Outbox, later, sql};
use crate::jobs::Reading;
use crate::schema::ColumnType;
use crate::store::StoreError;
use crate::value::Value;

/// What this node knows of its lease of a target.
#[derive(Debug, Default)]
pub(super) struct Lease {
    /// When it was renewed, by this machine's clock.
    since: Option<Instant>,
}

impl Lease {
    /// Whether the node may begin to write: the lease will not have ended before the write has.
    pub(super) fn may_write(&self, outbox: &Outbox) -> bool {
        // The target may have to describe its table before, and may go on with a write that we have given up.
        let spare = outbox.lease().saturating_sub(outbox.config.timeout.saturating_mul(4));
        self.since.is_some_and(|since| since.elapsed() < spare)
    }

    /// Whether it is time to renew it.
    pub(super) fn is_due(&self, outbox: &Outbox) -> bool {
        self.since.is_none_or(|since| since.elapsed() >= outbox.times.renew) || !self.may_write(outbox)
    }

    /// Claims the target, or goes on with it. False when another node has it.
    pub(super) async fn renew(&mut self, outbox: &Outbox, target: i64) -> Result<bool, StoreError> {
        let asked = Instant::now();
        let (reading, is_precise) = Reading::of(&outbox.store).await?;
        if is_precise {
            outbox.clock.set(reading);
        }
        let (now, id) = (outbox.now(), [("id", ColumnType::Int)]);
        let (target, node) = (Value::Int(target), Value::Uuid(outbox.node));
        if self.since.is_none() {
            let values = vec![target.clone(), node.clone(), Value::Int(now)];
            if outbox.store.sql_now(sql::IS_FREE, values, &id).await?.is_empty() {
                return Ok(false);
            }
        }
        let values = vec![target, node, Value::Int(later(now, outbox.lease())), Value::Int(now)];
        let claimed = !outbox.store.change_own(sql::CLAIM, values, &id).await?.is_empty();
        self.since = claimed.then_some(asked);
        Ok(claimed)
    }

    /// Gives the target back, so that another node need not wait for the end of the lease.
    pub(super) async fn give_back(&mut self, outbox: &Outbox, target: i64) {
        if self.since.take().is_some() {
            let values = vec![Value::Int(target), Value::Uuid(outbox.node)];
            if let Err(error) = outbox.store.change_own(sql::GIVE_BACK, values, &[]).await {
                tracing::debug!(%error, "the delivery of exports could not be given back: another node waits for the lease");
            }
        }
    }
}

impl Outbox {
    /// How long a target is a node's without a word: longer than a write may take.
    pub(super) fn lease(&self) -> Duration {
        self.times.lease.max(self.config.timeout.saturating_mul(5))
    }
}
