//! Submitting jobs, as many as may wait: one row, with the rows of its files in the same transaction.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::ahead::SHORT;
use super::ready::Seat;
use super::record;
use super::worker::{self, Attempt, Begun};
use super::{JobState, NewJob, Shared};
use crate::error::{Error, Result};
use crate::schema::ColumnType;
use crate::store::{JOBS, Member, job, store_error};
use crate::value::{Row, Value};

/// How old the count of the jobs that wait may be.
const COUNTED: Duration = Duration::from_secs(1);
/// The same before one is refused: jobs that have begun since are counted still.
const COUNTED_FULL: Duration = Duration::from_millis(50);

/// How many jobs wait.
pub(super) const WAITING: &str = "SELECT COUNT(*) AS \"waiting\" FROM \"_pxt_jobs\" WHERE \"state\" = 'pending'";

/// How many jobs wait: counted now and then, with what this node added since.
#[derive(Default)]
pub(super) struct Queue {
    counted: Mutex<Option<Instant>>,
    waiting: AtomicU64,
}

impl Shared {
    /// Stores a job, and begins it when a place is free, or will be in a moment, and nobody was there before.
    pub(super) async fn submit(self: &Arc<Self>, new: NewJob) -> Result<Uuid> {
        // A stop waits for those that have begun, and nobody waits for a stop.
        let _beginning = self.beginning.try_read().ok().filter(|_| !self.is_stopping()).ok_or_else(stopping)?;
        let place = if self.is_behind() { None } else { self.places.take(&new.route) };
        let seat = if place.is_none() { self.seat(&new) } else { None };
        let begins = place.is_some() || seat.is_some();
        if !begins {
            self.admit().await?;
        }
        let id = new_id(SystemTime::now());
        let row = self.row(id, &new, begins);
        let stored = if new.files.is_empty() {
            self.store.insert(&self.jobs, row, None).await.map(drop)
        } else {
            let file = |(number, file)| {
                let number = i64::try_from(number).unwrap_or(i64::MAX);
                let row = vec![Value::Uuid(id), Value::Int(number), Value::Media(file)];
                Member::insert(&self.files, row, None)
            };
            let files = new.files.iter().cloned().enumerate().map(file);
            self.store
                .together(std::iter::once(Member::insert(&self.jobs, row, None)).chain(files).collect())
                .await
                .map(drop)
        };
        stored.map_err(store_error)?;
        if !begins {
            self.falls_behind();
            // Whoever leaves a place says so, and finds that jobs wait; whoever has one goes on with those that were read.
            if self.places.has_room(&new.route) && (!self.places.are_taken() || self.ahead.is_empty()) {
                self.wake.notify_one();
            }
            return Ok(id);
        }
        let NewJob { route, request, .. } = new;
        let begun = Begun { id, route: route.as_str().into(), version: 1, attempts: 1, request, committed: None };
        let attempt = Attempt::new(self, begun, seat);
        let start = match place {
            Some(place) => Some((place, attempt)),
            None => self.places.push(&route, attempt),
        };
        if let Some((place, attempt)) = start {
            worker::start(self, place, attempt);
        }
        Ok(id)
    }

    /// Leave to begin without a place, for a short one, as it takes memory while it waits.
    fn seat(&self, new: &NewJob) -> Option<Seat> {
        (new.request.len() <= SHORT).then(|| self.places.seat(&new.route)).flatten()
    }

    fn row(&self, id: Uuid, new: &NewJob, begins: bool) -> Row {
        let now = Timestamp::now();
        let mut row = vec![Value::Null; JOBS.columns.len()];
        row[job::ID] = Value::Uuid(id);
        row[job::ROUTE] = Value::String(new.route.clone());
        row[job::STATE] = record::state(JobState::Pending);
        row[job::DUE_AT] = record::at(now);
        row[job::ATTEMPTS] = Value::Int(0);
        row[job::FILES] = Value::Int(i64::try_from(new.files.len()).unwrap_or(i64::MAX));
        row[job::CREATED_AT] = record::at(now);
        row[job::REQUEST] = Value::String(new.request.clone());
        if begins {
            for (column, value) in record::begun(self.node, 1, self.times.lease) {
                row[column] = value;
            }
        }
        row
    }

    /// Refuses a job when too many wait.
    async fn admit(&self) -> Result<()> {
        let Queue { counted, waiting } = &self.queue;
        // One counts for all; nobody waits for a count but the first ones.
        let turn = match waiting.load(Ordering::Relaxed) {
            0 => Some(counted.lock().await),
            _ => counted.try_lock().ok(),
        };
        if let Some(mut counted) = turn
            && let oldest = if waiting.load(Ordering::Relaxed) < self.config.queue { COUNTED } else { COUNTED_FULL }
            && counted.is_none_or(|at| at.elapsed() >= oldest)
        {
            waiting.store(self.count_waiting().await?, Ordering::Relaxed);
            *counted = Some(Instant::now());
        }
        let before = waiting.fetch_add(1, Ordering::Relaxed);
        if before >= self.config.queue {
            waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(
                Error::new(503, "queue_full", "too many jobs wait already: try again later").with_retry_after(5)
            );
        }
        Ok(())
    }

    async fn count_waiting(&self) -> Result<u64> {
        let rows =
            self.store.sql_now(WAITING, Vec::new(), &[("waiting", ColumnType::Int)]).await.map_err(store_error)?;
        match rows.first().map(|answered| answered.row.as_slice()) {
            Some([Value::Int(count)]) => Ok(count.unsigned_abs()),
            _ => Ok(0),
        }
    }
}

/// The id of a new job, in the order of time. Before 1970, where a clock that is not set may be, there is none: `now_v7` panics.
fn new_id(now: SystemTime) -> Uuid {
    if now >= SystemTime::UNIX_EPOCH {
        return Uuid::now_v7();
    }
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, 0, 0))
}

pub(super) fn stopping() -> Error {
    Error::new(503, "stopping", "the service is stopping: try again").with_retry_after(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_not_set_gives_ids_all_the_same() {
        let before = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
        assert_ne!(new_id(before), new_id(before));
        assert!(new_id(before) < new_id(SystemTime::now()));
    }
}
