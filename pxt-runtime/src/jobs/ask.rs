//! What others ask of jobs: one, or a page of them; and cancelling one.

use jiff::Timestamp;
use uuid::Uuid;

use super::record::{self, LISTED, Record, selected};
use super::{Job, JobState, Jobs, Listing, Shared};
use crate::error::{Error, Result};
use crate::store::{StoreError, Unreadable, store_error};
use crate::value::Value;

/// How often a cancellation that other writes overtook is tried again: a job is renewed and goes on rarely.
const ATTEMPTS: usize = 20;

impl Shared {
    /// The job as its row is now.
    pub(super) async fn read(&self, id: Uuid) -> Result<Option<Record>, StoreError> {
        let stored = self.store.get(&self.jobs, vec![Value::Uuid(id)]).await?;
        stored.map(Record::read).transpose()
    }
}

impl Jobs {
    /// The job of this id, unless there is none or it was kept long enough.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn get(&self, id: Uuid) -> Result<Option<Job>> {
        let record = self.0.read(id).await.map_err(store_error)?;
        Ok(record.map(|record| self.with_progress(record.job)))
    }

    /// What runs here has said more than its row knows.
    fn with_progress(&self, mut job: Job) -> Job {
        let lease = if job.state == JobState::Running { self.0.running().get(&job.id).cloned() } else { None };
        if let Some(progress) = lease.and_then(|lease| lease.progress()) {
            job.progress = Some(progress);
        }
        job
    }

    /// Jobs without their results. One whose row cannot be read is left out, and the log names it.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn list(&self, which: &Listing) -> Result<Vec<Job>> {
        let (due_at, id) = which.before.unwrap_or((Timestamp::MAX, Uuid::max()));
        let mut values = vec![Value::Null, Value::Uuid(id)];
        values.extend(which.state.map(record::state));
        if which.state.is_some_and(is_by_time) {
            values.push(record::at(due_at));
        }
        values.extend(which.route.clone().map(Value::String));
        let text = list_text(which.state, which.route.is_some());
        let mut most = which.most;
        loop {
            values[0] = Value::Int(i64::try_from(most).unwrap_or(i64::MAX));
            let asked = self.0.store.sql_now(&text, values.clone(), &record::columns(LISTED)).await;
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
        let Shared { store, jobs, config, watchers, .. } = &*self.0;
        for _ in 0..ATTEMPTS {
            let Some(record) = self.0.read(id).await.map_err(store_error)? else { return Ok(None) };
            if record.job.state.is_finished() {
                return Ok(Some(record.job));
            }
            let changes = record::ended(JobState::Cancelled, config.keep);
            let written = store.update(jobs, vec![Value::Uuid(id)], record.version, changes, None).await;
            if written.map_err(store_error)? {
                let lease = self.0.running().get(&id).cloned();
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

/// Whether jobs of a state are listed by when they are due. Those that run are few, and due anew whenever their lease is renewed.
fn is_by_time(state: JobState) -> bool {
    state != JobState::Running
}

/// The question for a page of jobs: a range of the index of one state, or of the primary key. However many jobs there are, none
/// but those that run are sorted.
pub(super) fn list_text(state: Option<JobState>, of_route: bool) -> String {
    let (range, order, next) = match state {
        Some(state) if is_by_time(state) => (
            "\"state\" = $3 AND \"due_at\" <= $4 AND (\"due_at\" < $4 OR \"id\" < $2)",
            "\"due_at\" DESC, \"id\" DESC",
            "$5",
        ),
        Some(_) => ("\"state\" = $3 AND \"id\" < $2", "\"id\" DESC", "$4"),
        None => ("\"id\" < $2", "\"id\" DESC", "$3"),
    };
    let route = if of_route { format!(" AND \"route\" = {next}") } else { String::new() };
    format!("{} WHERE {range}{route} ORDER BY {order} LIMIT $1 + 0", selected(LISTED))
}
