//! The tables that pxt keeps for itself beside the catalog: background jobs, and the files that they need.
//!
//! They are tables like any other, so that everything the store has works on them on both databases. They are in no
//! application's schema, and no application may declare one of their names.

use super::error::StoreError;
use super::script::Answered;
use super::{Limits, Store};
use crate::schema::{At, Code, ColumnDef, ColumnType, Schema, TableDef, fnv1a};
use crate::value::Value;

/// Positions of the columns of [`JOBS`]. What is long comes last: whoever reads the rest passes over it.
pub(crate) mod job {
    pub(crate) const ID: usize = 0;
    pub(crate) const ROUTE: usize = 1;
    pub(crate) const STATE: usize = 2;
    /// Of a job that waits, when it may start; of a claimed one, running or not yet, when its lease ends; of a finished one, when it is
    /// removed.
    pub(crate) const DUE_AT: usize = 3;
    pub(crate) const ATTEMPTS: usize = 4;
    /// How many files it has.
    pub(crate) const FILES: usize = 5;
    pub(crate) const CREATED_AT: usize = 6;
    pub(crate) const STARTED_AT: usize = 7;
    pub(crate) const FINISHED_AT: usize = 8;
    /// The node that has the lease.
    pub(crate) const OWNER: usize = 9;
    /// How many of its attempts nobody ended: their leases did.
    pub(crate) const CRASHES: usize = 10;
    /// What the database numbered the row that was committed, or how many rows were deleted.
    pub(crate) const OUTCOME: usize = 11;
    pub(crate) const PROGRESS: usize = 12;
    pub(crate) const ERROR: usize = 13;
    pub(crate) const RESULT: usize = 14;
    /// What was committed and is still needed.
    pub(crate) const ROW: usize = 15;
    pub(crate) const REQUEST: usize = 16;
}

/// Background jobs. What is JSON is kept as text, so that it comes back letter by letter; times are microseconds since 1970,
/// since each job writes six of them, and a row that grows little stays where it is.
pub(crate) static JOBS: TableDef = TableDef {
    columns: &[
        key("id", ColumnType::Uuid),
        column("route", ColumnType::String),
        column("state", ColumnType::String),
        column("due_at", ColumnType::Int),
        column("attempts", ColumnType::Int),
        column("files", ColumnType::Int),
        column("created_at", ColumnType::Int),
        nullable("started_at", ColumnType::Int),
        nullable("finished_at", ColumnType::Int),
        nullable("owner", ColumnType::Uuid),
        nullable("crashes", ColumnType::Int),
        nullable("outcome", ColumnType::Int),
        nullable("progress", ColumnType::String),
        nullable("error", ColumnType::String),
        nullable("result", ColumnType::String),
        nullable("row", ColumnType::String),
        column("request", ColumnType::String),
    ],
    ..table("_pxt_jobs")
};

/// The files that jobs need. The sweep asks it as it asks the tables of an application.
pub(crate) static JOB_FILES: TableDef = TableDef {
    columns: &[
        key("job", ColumnType::Uuid),
        key("number", ColumnType::Int),
        // The type does not matter here: a file is its key.
        column("file", ColumnType::Document),
    ],
    ..table("_pxt_job_files")
};

static SCHEMA: Schema = Schema { tables: &[&JOBS, &JOB_FILES] };

const fn table(name: &'static str) -> TableDef {
    let at = At { file: file!(), line: line!() };
    TableDef {
        name,
        hash: fnv1a(name),
        doc: "",
        columns: &[],
        incomplete: false,
        at,
        module: module_path!(),
        code: Code(&()),
    }
}

const fn column(name: &'static str, ty: ColumnType) -> ColumnDef {
    ColumnDef {
        name,
        hash: fnv1a(name),
        doc: "",
        ty,
        nullable: false,
        primary_key: false,
        auto: false,
        default: false,
        max_bytes: None,
        computed: None,
    }
}

const fn nullable(name: &'static str, ty: ColumnType) -> ColumnDef {
    ColumnDef { nullable: true, ..column(name, ty) }
}

const fn key(name: &'static str, ty: ColumnType) -> ColumnDef {
    ColumnDef { primary_key: true, ..column(name, ty) }
}

/// Whether the table is one of these.
pub(super) fn is_own(def: &TableDef) -> bool {
    SCHEMA.tables.iter().any(|own| std::ptr::eq(*own, def))
}

/// The indexes that a table gets when it is made, beside those of files; both dialects read the text.
pub(super) fn indexes(def: &TableDef) -> &'static [&'static str] {
    if std::ptr::eq(def, &JOBS) {
        // Each question for jobs is a range of it: what may start, whose lease ended, what was kept long enough.
        &["CREATE INDEX IF NOT EXISTS \"_pxt_jobs.due\" ON \"_pxt_jobs\" (\"state\", \"due_at\", \"route\")"]
    } else {
        &[]
    }
}

impl Store {
    /// Makes the tables of jobs where they are missing. As with the catalog, nobody has to allow it.
    ///
    /// # Errors
    /// As for [`migrate`](Self::migrate).
    pub(crate) async fn make_own(&self) -> Result<(), StoreError> {
        self.migrate(&SCHEMA, &|_, _| Value::Null).await.map(drop)
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
