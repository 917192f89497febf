//! How many rows may wait for a target: further requests are refused.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::sql;
use crate::error::{Error, Result};
use crate::schema::ColumnType;
use crate::store::{Store, store_error};
use crate::value::Value;

/// How old the count of the rows that wait may be.
const COUNTED: Duration = Duration::from_secs(1);
/// The same before a request is refused: rows that were delivered since are counted still.
const COUNTED_FULL: Duration = Duration::from_millis(50);

/// How many rows wait for a target: counted now and then, with what this node added since.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    counted: Mutex<Option<Instant>>,
    count: AtomicU64,
}

impl Backlog {
    /// Refuses a request whose answer would have to wait behind too many others.
    ///
    /// # Errors
    /// 503 `export_queue_full` with `Retry-After`, and those of reading.
    pub(super) async fn admit(&self, store: &Store, target: i64, most: u64) -> Result<()> {
        let Self { counted, count } = self;
        let is_full = || count.load(Ordering::Relaxed) >= most;
        // One counts for all, and nobody waits for it but those who would be refused.
        let turn = if is_full() { Some(counted.lock().await) } else { counted.try_lock().ok() };
        if let Some(mut counted) = turn
            && let oldest = if is_full() { COUNTED_FULL } else { COUNTED }
            && counted.is_none_or(|at| at.elapsed() >= oldest)
        {
            count.store(count_waiting(store, target, most).await?, Ordering::Relaxed);
            *counted = Some(Instant::now());
        }
        if is_full() {
            let text = "too many rows wait to be exported to the same table: try again later";
            return Err(Error::new(503, "export_queue_full", text).with_retry_after(5));
        }
        count.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// How many rows wait for a target, up to a number.
async fn count_waiting(store: &Store, target: i64, most: u64) -> Result<u64> {
    let most = Value::Int(i64::try_from(most).unwrap_or(i64::MAX));
    let rows = store.sql_now(sql::WAITING, vec![most, Value::Int(target)], &[("waiting", ColumnType::Int)]).await;
    match rows.map_err(store_error)?.first().map(|answered| answered.row.as_slice()) {
        Some([Value::Int(count)]) => Ok(count.unsigned_abs()),
        _ => Ok(0),
    }
}
