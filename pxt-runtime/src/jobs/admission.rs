//! How many jobs may wait: further ones are refused.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::leases::Leases;
use super::records::Records;
use super::sql;
use crate::error::{Error, Result};
use crate::schema::ColumnType;
use crate::store::store_error;
use crate::value::Value;

/// How old the count of the jobs that wait may be.
const COUNTED: Duration = Duration::from_secs(1);
/// The same before one is refused: jobs that have begun since are counted still.
const COUNTED_FULL: Duration = Duration::from_millis(50);

/// How many jobs wait: counted now and then, with what this node added since.
#[derive(Default)]
pub(super) struct Waiting {
    counted: Mutex<Option<Instant>>,
    count: AtomicU64,
}

impl Waiting {
    /// Refuses a job when too many wait.
    pub(super) async fn admit(&self, records: &Records, leases: &Leases) -> Result<()> {
        let Self { counted, count } = self;
        // One counts for all; nobody waits for a count but the first ones.
        let turn = match count.load(Ordering::Relaxed) {
            0 => Some(counted.lock().await),
            _ => counted.try_lock().ok(),
        };
        if let Some(mut counted) = turn
            && let oldest = if count.load(Ordering::Relaxed) < records.config.queue { COUNTED } else { COUNTED_FULL }
            && counted.is_none_or(|at| at.elapsed() >= oldest)
        {
            count.store(count_waiting(records, leases).await?, Ordering::Relaxed);
            *counted = Some(Instant::now());
        }
        let before = count.fetch_add(1, Ordering::Relaxed);
        if before >= records.config.queue {
            count.fetch_sub(1, Ordering::Relaxed);
            return Err(
                Error::new(503, "queue_full", "too many jobs wait already: try again later").with_retry_after(5)
            );
        }
        Ok(())
    }
}

/// Without those that this node has started.
async fn count_waiting(records: &Records, leases: &Leases) -> Result<u64> {
    let columns = [("waiting", ColumnType::Int)];
    let rows = records.store.sql_now(sql::WAITING, Vec::new(), &columns).await.map_err(store_error)?;
    let started = leases.all().iter().filter(|lease| lease.is_to_be_marked()).count();
    match rows.first().map(|answered| answered.row.as_slice()) {
        Some([Value::Int(count)]) => Ok(count.unsigned_abs().saturating_sub(started as u64)),
        _ => Ok(0),
    }
}
