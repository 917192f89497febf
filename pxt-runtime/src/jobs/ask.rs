//! What others ask of jobs: one, or a page of them; and cancelling one.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::lease::Lease;
use super::record::{self, Record};
use super::records::Records;
use super::{Job, JobState, Jobs, Listing, sql};
use crate::error::{Error, Result};
use crate::store::{Unreadable, store_error};
use crate::value::Value;

/// How often a cancellation that other writes overtook is tried again: a job is renewed and goes on rarely.
const WRITES: usize = 20;

impl Jobs {
    /// The job of this id, unless there is none or it was kept long enough.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn get(&self, id: Uuid) -> Result<Option<Job>> {
        let record = self.0.records.read(id).await.map_err(store_error)?;
        Ok(record.map(|Record { mut job, owner, .. }| {
            if job.state == JobState::Pending && owner.is_some() {
                // It may start at any moment: what is due is its lease.
                job.due_at = self.0.records.clock.now();
            }
            self.with_progress(job)
        }))
    }

    /// What runs here has said more than its row knows.
    fn with_progress(&self, mut job: Job) -> Job {
        let lease = if job.state == JobState::Running { self.lease(&job) } else { None };
        if let Some(progress) = lease.and_then(|lease| lease.progress()) {
            job.progress = Some(progress);
        }
        job
    }

    /// The lease of a job that this node has claimed.
    fn lease(&self, job: &Job) -> Option<Arc<Lease>> {
        self.0.leases.get(job.id)
    }

    /// The time by the clock that all times of jobs are of.
    pub(crate) fn now(&self) -> Timestamp {
        self.0.records.clock.now()
    }

    /// Jobs without their results. One whose row cannot be read is left out, and the log names it.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn list(&self, which: &Listing) -> Result<Vec<Job>> {
        let (due_at, id) = which.before.unwrap_or((Timestamp::MAX, Uuid::max()));
        let mut values = vec![Value::Null, Value::Uuid(id)];
        values.extend(which.state.map(record::state));
        if which.state.is_some_and(sql::is_by_time) {
            values.push(record::at(due_at));
        }
        values.extend(which.route.clone().map(Value::String));
        let text = sql::list(which.state, which.route.is_some());
        let mut most = which.most;
        loop {
            values[0] = Value::Int(i64::try_from(most).unwrap_or(i64::MAX));
            let asked = self.0.records.store.sql_now(&text, values.clone(), &sql::columns(sql::LISTED)).await;
            let rows = asked.map_err(store_error)?;
            let is_all = rows.len() < most;
            let (mut jobs, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
            for row in rows {
                match Record::of_selected(row) {
                    Ok(record) => jobs.push(self.with_progress(record.job)),
                    Err(cell) => unreadable.push(cell),
                }
            }
            if is_all || jobs.len() >= which.most {
                unreadable.iter().for_each(Unreadable::log_left_out);
                return Ok(jobs);
            }
            // As many more as were left out.
            most = which.most + unreadable.len();
        }
    }

    /// Cancels a job: what has not started never starts, and nothing more of what runs is stored. Functions that run are told,
    /// on this node at once, on others when they next renew their lease. The job as it is then; a finished one stays as it
    /// was.
    ///
    /// # Errors
    /// Those of reading and writing.
    pub async fn cancel(&self, id: Uuid) -> Result<Option<Job>> {
        let Records { store, jobs, clock, config, watchers, .. } = &*self.0.records;
        for _ in 0..WRITES {
            let Some(record) = self.0.records.read(id).await.map_err(store_error)? else { return Ok(None) };
            if record.job.state.is_finished() {
                return Ok(Some(record.job));
            }
            let lease = self.lease(&record.job);
            let mut changes = record::ended(JobState::Cancelled, clock.now(), config.keep);
            if let Some((lease, started)) =
                lease.as_ref().and_then(|lease| lease.started_at().map(|started| (lease, started)))
            {
                changes.extend(record::started(started, lease.attempts));
            }
            let written = store.update(jobs, vec![Value::Uuid(id)], record.version, changes, None).await;
            if written.map_err(store_error)? {
                if let Some(lease) = lease {
                    lease.end();
                }
                watchers.tell(id);
                return self.get(id).await;
            }
        }
        Err(Error::new(503, "busy", "the job kept changing: try again").with_retry_after(1))
    }
}
