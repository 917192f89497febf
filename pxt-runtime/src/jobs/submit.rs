//! Submitting jobs, as many as may wait: one row, with the rows of its files in the same transaction. A job for which a slot is free is
//! claimed by the same write.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use uuid::Uuid;

use super::attempt::Attempt;
use super::record::{self, Claimed};
use super::slots::Start;
use super::{JobState, NewJob, Shared, sql};
use crate::error::{Error, Result};
use crate::schema::ColumnType;
use crate::store::{JOBS, Member, job, store_error};
use crate::value::{Row, Value};

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

impl Shared {
    /// Stores a job, and starts it when a slot is free and no other waits for it.
    pub(super) async fn submit(self: &Arc<Self>, new: NewJob) -> Result<Uuid> {
        // A stop waits for those that have begun, and nobody waits for a stop.
        let _claiming = self.claiming.try_read().ok().filter(|_| !self.is_stopping()).ok_or_else(stopping)?;
        let start = self.slots.take(&new.route);
        if matches!(start, Start::Later) {
            self.admit().await?;
        }
        let id = self.clock.new_id();
        let row = Member::insert(&self.jobs, self.row(id, &new, &start), None);
        let file = |(number, file)| {
            let number = i64::try_from(number).unwrap_or(i64::MAX);
            Member::insert(&self.files, vec![Value::Uuid(id), Value::Int(number), Value::Media(file)], None)
        };
        let NewJob { route, request, files } = new;
        let files = files.into_iter().enumerate().map(file);
        let stored = self.store.together(std::iter::once(row).chain(files).collect()).await;
        if stored.is_err() {
            // What it had on this node is for others.
            self.wake.notify_one();
        }
        stored.map_err(store_error)?;
        let attempt = |route: String| {
            let route = route.into();
            let job = Claimed { id, route, version: 1, attempts: 0, crashes: 0, request, committed: None };
            Attempt::new(self, job)
        };
        match start {
            Start::Now(runner, slot) => {
                let attempt = attempt(route);
                attempt.lease().set_marked();
                attempt.start(runner, slot);
            }
            Start::Soon(coming) => {
                self.slots.push(attempt(route));
                drop(coming);
                self.start_ready();
            }
            Start::Later if self.slots.falls_behind(&route) => self.wake.notify_one(),
            Start::Later => {}
        }
        Ok(id)
    }

    fn row(&self, id: Uuid, new: &NewJob, start: &Start) -> Row {
        let now = self.clock.now();
        let mut row = vec![Value::Null; JOBS.columns.len()];
        row[job::ID] = Value::Uuid(id);
        row[job::ROUTE] = Value::String(new.route.clone());
        row[job::STATE] = record::state(JobState::Pending);
        row[job::DUE_AT] = record::at(now);
        row[job::ATTEMPTS] = Value::Int(0);
        row[job::FILES] = Value::Int(i64::try_from(new.files.len()).unwrap_or(i64::MAX));
        row[job::CREATED_AT] = record::at(now);
        row[job::REQUEST] = Value::String(new.request.clone());
        let mut changes = Vec::new();
        if !matches!(start, Start::Later) {
            changes = record::claimed(self.node, now, self.times.lease);
        }
        if matches!(start, Start::Now(..)) {
            changes.extend(record::running(now, 1));
        }
        for (column, value) in changes {
            row[column] = value;
        }
        row
    }

    /// Refuses a job when too many wait.
    async fn admit(&self) -> Result<()> {
        let Waiting { counted, count } = &self.waiting;
        // One counts for all; nobody waits for a count but the first ones.
        let turn = match count.load(Ordering::Relaxed) {
            0 => Some(counted.lock().await),
            _ => counted.try_lock().ok(),
        };
        if let Some(mut counted) = turn
            && let oldest = if count.load(Ordering::Relaxed) < self.config.queue { COUNTED } else { COUNTED_FULL }
            && counted.is_none_or(|at| at.elapsed() >= oldest)
        {
            count.store(self.count_waiting().await?, Ordering::Relaxed);
            *counted = Some(Instant::now());
        }
        let before = count.fetch_add(1, Ordering::Relaxed);
        if before >= self.config.queue {
            count.fetch_sub(1, Ordering::Relaxed);
            return Err(
                Error::new(503, "queue_full", "too many jobs wait already: try again later").with_retry_after(5)
            );
        }
        Ok(())
    }

    /// Without those that this node has started.
    async fn count_waiting(&self) -> Result<u64> {
        let columns = [("waiting", ColumnType::Int)];
        let rows = self.store.sql_now(sql::WAITING, Vec::new(), &columns).await.map_err(store_error)?;
        let started = self.leases().values().filter(|lease| lease.is_to_be_marked()).count();
        match rows.first().map(|answered| answered.row.as_slice()) {
            Some([Value::Int(count)]) => Ok(count.unsigned_abs().saturating_sub(started as u64)),
            _ => Ok(0),
        }
    }
}

pub(super) fn stopping() -> Error {
    Error::new(503, "stopping", "the service is stopping: try again").with_retry_after(1)
}
