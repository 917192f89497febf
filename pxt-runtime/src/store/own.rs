//! The tables that pxt keeps for itself beside the catalog: background jobs, and answers that wait to be exported.
//!
//! They are tables like any other, so that everything the store has works on them on both databases. They are in no
//! application's schema, and no application may declare one of their names.

mod definition;
mod exports;
mod jobs;

pub(crate) use exports::{EXPORTS, TARGETS, export};
pub(crate) use jobs::{JOB_FILES, JOBS, job};

use super::error::StoreError;
use super::script::Answered;
use super::{Limits, Store};
use crate::schema::{ColumnType, Schema, TableDef};
use crate::value::Value;

static OF_JOBS: Schema = Schema { tables: &[&JOBS, &JOB_FILES] };
static OF_EXPORTS: Schema = Schema { tables: &[&TARGETS, &EXPORTS] };

/// Whether the table is one of these.
pub(super) fn is_own(def: &TableDef) -> bool {
    OF_JOBS.tables.iter().chain(OF_EXPORTS.tables).any(|own| std::ptr::eq(*own, def))
}

/// The indexes that a table gets when it is made, beside those of files; both dialects read the text.
pub(super) fn indexes(def: &TableDef) -> &'static [&'static str] {
    if std::ptr::eq(def, &JOBS) {
        // Each question for jobs is a range of it: what may start, whose lease ended, what was kept long enough.
        &["CREATE INDEX IF NOT EXISTS \"_pxt_jobs.due\" ON \"_pxt_jobs\" (\"state\", \"due_at\", \"route\")"]
    } else if std::ptr::eq(def, &EXPORTS) {
        // Each question is a range of it: what a target gets next, what waits for what.
        &["CREATE INDEX IF NOT EXISTS \"_pxt_exports.next\" ON \"_pxt_exports\" (\"target\", \"state\", \"number\")"]
    } else {
        &[]
    }
}

impl Store {
    /// Makes the tables of jobs where they are missing. As with the catalog, nobody has to allow it.
    ///
    /// # Errors
    /// As for [`migrate`](Self::migrate).
    pub(crate) async fn make_jobs(&self) -> Result<(), StoreError> {
        self.migrate(&OF_JOBS, &|_, _| Value::Null).await.map(drop)
    }

    /// The same with the tables of exports.
    ///
    /// # Errors
    /// As for [`migrate`](Self::migrate).
    pub(crate) async fn make_exports(&self) -> Result<(), StoreError> {
        self.migrate(&OF_EXPORTS, &|_, _| Value::Null).await.map(drop)
    }

    /// Whether the tables of exports are there as they are declared.
    ///
    /// # Errors
    /// Those of reading.
    pub(crate) async fn has_exports(&self) -> Result<bool, StoreError> {
        Ok(self.compare(&OF_EXPORTS).await?.is_empty())
    }

    /// Runs one statement that writes these tables, as a transaction of its own: it is durable when this returns. Answers the rows that it
    /// returns, whose columns are these in this order. When the connection to a server is lost, it may be run twice.
    ///
    /// # Errors
    /// As for [`insert`](Self::insert).
    pub(crate) async fn change_own(
        &self,
        text: &str,
        values: Vec<Value>,
        columns: &[(&str, ColumnType)],
    ) -> Result<Vec<Answered>, StoreError> {
        self.look(false).await?;
        self.0.database.change(text, values, columns).await
    }

    /// What stands behind a select whose rows are about to be changed, so that none is waited for which somebody else changes.
    pub(crate) fn skip_locked(&self) -> &'static str {
        self.0.database.dialect().skip_locked()
    }

    /// The clock of the database, in microseconds since 1970: the one that all nodes share.
    ///
    /// # Errors
    /// Those of reading.
    pub(crate) async fn now(&self) -> Result<i64, StoreError> {
        self.0.database.now().await
    }

    /// The same database by a connection of its own, on the runtime that this is called in. A file that is gone is not made again.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub(crate) async fn reopen(&self) -> Result<Self, StoreError> {
        let limits = Limits { connections: 1, ..self.0.limits };
        Ok(Self::of(self.0.database.reopen(limits).await?, limits))
    }
}
