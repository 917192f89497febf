//! A job's row, and the changes that are written to it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::clock::after;
use super::sql::{CLAIMED, LISTED};
use super::{Job, JobState, NewJob};
use crate::store::{Answered, JOBS, StoreError, Stored, Unreadable, job};
use crate::value::{Row, Value};

/// New values of columns.
pub(super) type Changes = Vec<(usize, Value)>;

/// A job as its row is, in one version.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) job: Job,
    pub(super) version: i64,
    /// The node that has the lease.
    pub(super) owner: Option<Uuid>,
}

/// A job that this node has claimed: what of it is needed to do it.
#[derive(Debug)]
pub(super) struct ClaimedRow {
    pub(super) id: Uuid,
    pub(super) route: Arc<str>,
    pub(super) version: i64,
    /// How often it was started before.
    pub(super) attempts: u32,
    /// How many of these attempts nobody ended.
    pub(super) crashes: u32,
    pub(super) request: String,
    pub(super) committed: Option<Committed>,
}

/// What a job has committed already.
#[derive(Debug, Clone)]
pub(crate) struct Committed {
    /// What the route needs of it to go on, as the route wrote it; empty when it needs nothing.
    pub(crate) row: String,
    /// The number that the database gave to the row, or how many rows were deleted.
    pub(crate) outcome: i64,
}

/// The values of a row of [`sql`](super::sql) in their columns' places, and the version, which comes last. Other columns are null.
fn placed(answered: Answered, which: &[usize]) -> Result<(Fields, i64), Unreadable> {
    let Answered { mut row, wrong } = answered;
    let version = row.pop();
    let mut all = vec![Value::Null; JOBS.columns.len()];
    for (column, value) in which.iter().zip(row) {
        all[*column] = value;
    }
    let fields = Fields::of(all);
    match (wrong.first(), version) {
        (None, Some(Value::Int(version))) => Ok((fields, version)),
        // Behind the columns stands the version, which nobody but pxt writes.
        (wrong, _) => {
            Err(fields.unreadable(wrong.and_then(|(position, _)| which.get(*position)).copied().unwrap_or(job::ID)))
        }
    }
}

/// Id and version of a row of [`sql`](super::sql) of which the id comes first, as far as these can be read.
pub(super) fn identity(answered: &Answered) -> Option<(Uuid, i64)> {
    match *answered.row.as_slice() {
        [Value::Uuid(id), .., Value::Int(version)] => Some((id, version)),
        _ => None,
    }
}

impl ClaimedRow {
    /// Reads a row of [`CLAIMED`].
    pub(super) fn of_selected(row: Answered) -> Result<Self, Unreadable> {
        let (mut row, version) = placed(row, CLAIMED)?;
        Ok(Self {
            id: row.uuid(job::ID)?,
            route: row.text(job::ROUTE)?.into(),
            version,
            attempts: row.count(job::ATTEMPTS)?,
            crashes: row.count(job::CRASHES)?,
            committed: row.committed()?,
            request: row.text(job::REQUEST)?,
        })
    }
}

impl Record {
    /// Reads a row of [`LISTED`].
    pub(super) fn of_selected(row: Answered) -> Result<Self, Unreadable> {
        let (row, version) = placed(row, LISTED)?;
        Self::of_fields(row, version)
    }

    /// Reads a whole row. What it was asked, and what it committed, need not be readable.
    pub(super) fn read(stored: Stored) -> Result<Self, StoreError> {
        stored.readable(&JOBS, LISTED.iter().copied().chain([job::RESULT]))?;
        Ok(Self::of_fields(Fields::of(stored.values), stored.version)?)
    }

    fn of_fields(mut row: Fields, version: i64) -> Result<Self, Unreadable> {
        let state = JobState::of_word(&row.text(job::STATE)?).ok_or_else(|| row.unreadable(job::STATE))?;
        let progress = row.optional_text(job::PROGRESS)?.map(|text| serde_json::from_str(&text));
        let job = Job {
            id: row.uuid(job::ID)?,
            route: row.text(job::ROUTE)?,
            state,
            created_at: row.time(job::CREATED_AT)?.ok_or_else(|| row.unreadable(job::CREATED_AT))?,
            started_at: row.time(job::STARTED_AT)?,
            finished_at: row.time(job::FINISHED_AT)?,
            attempts: row.count(job::ATTEMPTS)?,
            due_at: row.time(job::DUE_AT)?.ok_or_else(|| row.unreadable(job::DUE_AT))?,
            stored: row.committed()?.is_some(),
            progress: progress.transpose().map_err(|_| row.unreadable(job::PROGRESS))?,
            result: row.json(job::RESULT)?,
            error: row.json(job::ERROR)?,
        };
        Ok(Self { job, version, owner: row.optional_uuid(job::OWNER)? })
    }

    /// Whether this node has claimed it, and nobody has started it behind its attempt of this number: what others committed is not to be
    /// committed once more.
    pub(super) fn is_held(&self, node: Uuid, attempt: u32) -> bool {
        !self.job.state.is_finished() && self.owner == Some(node) && self.job.attempts <= attempt
    }
}

/// The values of a row, taken out one by one.
struct Fields {
    row: Row,
    /// Of the job, for errors.
    id: Value,
}

impl Fields {
    /// Takes the values of all columns.
    fn of(row: Row) -> Self {
        let id = row[job::ID].clone();
        Self { row, id }
    }

    fn unreadable(&self, column: usize) -> Unreadable {
        Unreadable::of(&JOBS, column, std::slice::from_ref(&self.id))
    }

    fn take(&mut self, column: usize) -> Value {
        self.row.get_mut(column).map_or(Value::Null, |value| std::mem::replace(value, Value::Null))
    }

    fn text(&mut self, column: usize) -> Result<String, Unreadable> {
        self.optional_text(column)?.ok_or_else(|| self.unreadable(column))
    }

    fn optional_text(&mut self, column: usize) -> Result<Option<String>, Unreadable> {
        match self.take(column) {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text)),
            _ => Err(self.unreadable(column)),
        }
    }

    fn optional_int(&mut self, column: usize) -> Result<Option<i64>, Unreadable> {
        match self.take(column) {
            Value::Null => Ok(None),
            Value::Int(number) => Ok(Some(number)),
            _ => Err(self.unreadable(column)),
        }
    }

    fn count(&mut self, column: usize) -> Result<u32, Unreadable> {
        Ok(self.optional_int(column)?.unwrap_or_default().try_into().unwrap_or(u32::MAX))
    }

    fn committed(&mut self) -> Result<Option<Committed>, Unreadable> {
        let Some(outcome) = self.optional_int(job::OUTCOME)? else { return Ok(None) };
        Ok(Some(Committed { row: self.optional_text(job::ROW)?.unwrap_or_default(), outcome }))
    }

    fn uuid(&mut self, column: usize) -> Result<Uuid, Unreadable> {
        self.optional_uuid(column)?.ok_or_else(|| self.unreadable(column))
    }

    fn optional_uuid(&mut self, column: usize) -> Result<Option<Uuid>, Unreadable> {
        match self.take(column) {
            Value::Null => Ok(None),
            Value::Uuid(id) => Ok(Some(id)),
            _ => Err(self.unreadable(column)),
        }
    }

    fn time(&mut self, column: usize) -> Result<Option<Timestamp>, Unreadable> {
        let time = self.optional_int(column)?.map(Timestamp::from_microsecond);
        time.transpose().map_err(|_| self.unreadable(column))
    }

    fn json(&mut self, column: usize) -> Result<Option<Box<RawValue>>, Unreadable> {
        let text = self.optional_text(column)?;
        text.map(RawValue::from_string).transpose().map_err(|_| self.unreadable(column))
    }
}

/// A point of time as a job keeps it.
pub(super) fn at(time: Timestamp) -> Value {
    Value::Int(time.as_microsecond())
}

pub(super) fn state(state: JobState) -> Value {
    Value::String(state.word().to_owned())
}

/// The row of a new job, with these changes.
pub(super) fn submitted(id: Uuid, new: &NewJob, now: Timestamp, changes: Changes) -> Row {
    let mut row = vec![Value::Null; JOBS.columns.len()];
    row[job::ID] = Value::Uuid(id);
    row[job::ROUTE] = Value::String(new.route.clone());
    row[job::STATE] = state(JobState::Pending);
    row[job::DUE_AT] = at(now);
    row[job::ATTEMPTS] = Value::Int(0);
    row[job::FILES] = Value::Int(i64::try_from(new.files.len()).unwrap_or(i64::MAX));
    row[job::CREATED_AT] = at(now);
    row[job::REQUEST] = Value::String(new.request.clone());
    for (column, value) in changes {
        row[column] = value;
    }
    row
}

/// A node has a job for so long.
pub(super) fn claimed(node: Uuid, now: Timestamp, lease: Duration) -> Changes {
    vec![(job::DUE_AT, at(after(now, lease))), (job::OWNER, Value::Uuid(node))]
}

/// A job was started, for the so many-th time.
pub(super) fn started(when: Timestamp, attempts: u32) -> Changes {
    vec![(job::ATTEMPTS, Value::Int(attempts.into())), (job::STARTED_AT, at(when))]
}

/// A job runs, for the so many-th time.
pub(super) fn running(since: Timestamp, attempts: u32) -> Changes {
    let mut changes = vec![(job::STATE, state(JobState::Running))];
    changes.extend(started(since, attempts));
    changes
}

/// A job has ended.
pub(super) fn ended(how: JobState, now: Timestamp, keep: Duration) -> Changes {
    vec![
        (job::STATE, state(how)),
        (job::DUE_AT, at(after(now, keep))),
        (job::FINISHED_AT, at(now)),
        (job::OWNER, Value::Null),
    ]
}

/// A job is done. What it was asked, and what it committed, nobody needs any more.
pub(super) fn done(result: String, now: Timestamp, keep: Duration) -> Changes {
    let mut changes = ended(JobState::Done, now, keep);
    changes.extend([
        (job::RESULT, Value::String(result)),
        (job::ROW, Value::Null),
        (job::REQUEST, Value::String(String::new())),
    ]);
    changes
}

/// A job waits again, until it is due.
pub(super) fn waits(due: Timestamp) -> Changes {
    vec![(job::STATE, state(JobState::Pending)), (job::DUE_AT, at(due)), (job::OWNER, Value::Null)]
}
