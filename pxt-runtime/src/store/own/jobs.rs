//! The tables of background jobs.

use super::definition::{column, key, nullable, table};
use crate::schema::{ColumnType, TableDef};

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
