//! The commit of a row whose answer is exported: a row of the outbox is stored with it.

use std::sync::{Mutex, PoisonError};

use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::row::State;
use super::{Outbox, later, target_id};
use crate::error::{Error, Result};
use crate::export::row_export::RowExport;
use crate::store::{Member, Outcome, export};
use crate::table::{Commit, Keep, Kept, WriteSet};
use crate::value::{Row, Value};

/// What commits a row and its answer's export; the set goes on to the commit that it is made over.
pub(crate) struct OutboxCommit<'c> {
    outbox: &'c Outbox,
    inner: &'c dyn Commit,
    export: &'c RowExport,
    /// The route that knows how the answer is made.
    route: String,
    keep: Keep<'c>,
    job: Option<Uuid>,
    is_numbered: bool,
    queued: Mutex<Option<Queued>>,
}

/// What the outbox has of the answer of a row that was committed.
#[derive(Debug)]
pub(crate) enum Queued {
    /// The answer.
    Answered(String),
    /// A row that waits for it.
    Held(Entry),
}

/// A row of the outbox.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(super) number: i64,
    pub(super) version: i64,
}

impl<'c> OutboxCommit<'c> {
    /// A commit over another. `keep` is the answer, or what it is made of; `job` the background job that the row is of; `is_numbered` says
    /// whether the database numbers the row.
    pub(crate) fn new(
        outbox: &'c Outbox,
        inner: &'c dyn Commit,
        export: &'c RowExport,
        route: String,
        keep: Keep<'c>,
        job: Option<Uuid>,
        is_numbered: bool,
    ) -> Self {
        Self { outbox, inner, export, route, keep, job, is_numbered, queued: Mutex::default() }
    }

    /// What the outbox has of the answer, after the commit.
    pub(crate) fn queued(self) -> Option<Queued> {
        self.queued.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn row(&self, kept: &Kept, key: Option<&String>) -> Row {
        let Self { outbox, export, route, job, .. } = self;
        let (state, row, body) = match kept {
            Kept::Answer(body) => (State::Pending, Value::Null, Value::String(body.clone())),
            Kept::Row(row) => (State::Held, Value::String(row.clone()), Value::Null),
        };
        let now = outbox.now();
        let mut values = vec![Value::Null; crate::store::EXPORTS.columns.len()];
        let given = [
            (export::TARGET, Value::Int(target_id(&export.destination))),
            (export::STATE, Value::String(state.word().to_owned())),
            (export::DUE_AT, Value::Int(later(now, outbox.times.held))),
            (export::ID, Value::Uuid(job.unwrap_or_else(|| outbox.ids.make(now)))),
            (export::OF_JOB, Value::Bool(job.is_some())),
            (export::ROUTE, Value::String(route.clone())),
            (export::METHOD, Value::String(export.method.word().to_owned())),
            (export::ATTEMPTS, Value::Int(0)),
            (export::CREATED_AT, Value::Int(now)),
            (export::KEY, key.map_or(Value::Null, |key| Value::String(key.clone()))),
            (export::ROW, row),
            (export::BODY, body),
        ];
        for (column, value) in given {
            values[column] = value;
        }
        values
    }
}

impl Commit for OutboxCommit<'_> {
    fn keep(&self) -> Option<Keep<'_>> {
        Some(self.keep)
    }

    fn needs_key(&self) -> bool {
        true
    }

    fn commit(&self, set: WriteSet) -> BoxFuture<'_, Result<Vec<Outcome>>> {
        Box::pin(async move {
            let WriteSet { mut members, kept, key } = set;
            let kept = kept.ok_or_else(|| Error::internal("nothing is kept of a row that is exported"))?;
            let mut own = Member::insert(&self.outbox.rows, self.row(&kept, key.as_ref()), None);
            if key.is_none() && self.is_numbered {
                own = own.with_outcome(export::OUTCOME, 0);
            }
            let position = members.len();
            members.push(own);
            let answer = if let Kept::Answer(answer) = &kept { Some(answer.clone()) } else { None };
            let kept = self.inner.keep().map(|_| kept);
            let outcomes = self.inner.commit(WriteSet { members, kept, key }).await?;
            if let Some(Outcome::Inserted(Some(number))) = outcomes.get(position) {
                let queued = match answer {
                    Some(answer) => {
                        self.outbox.wake(target_id(&self.export.destination));
                        Queued::Answered(answer)
                    }
                    None => Queued::Held(Entry { number: *number, version: 1 }),
                };
                *self.queued.lock().unwrap_or_else(PoisonError::into_inner) = Some(queued);
            }
            Ok(outcomes)
        })
    }
}
