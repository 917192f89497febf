//! The tables of answers that wait to be written to another database.

use super::definition::{column, key, nullable, number, table};
use crate::schema::{ColumnType, TableDef};

/// Positions of columns of [`EXPORTS`]. What is long comes last: whoever reads the rest passes over it.
pub(crate) mod export {
    /// In the order of the commits.
    pub(crate) const NUMBER: usize = 0;
    /// The target's id.
    pub(crate) const TARGET: usize = 1;
    pub(crate) const STATE: usize = 2;
    /// Of a row that is held, when somebody else may make its answer; of one that was refused, when it is tried again.
    pub(crate) const DUE_AT: usize = 3;
    /// Names the export to the target: the id of the job that the row is of, if there is one.
    pub(crate) const ID: usize = 4;
    /// Whether the row is of a background job.
    pub(crate) const OF_JOB: usize = 5;
    pub(crate) const ROUTE: usize = 6;
    pub(crate) const METHOD: usize = 7;
    /// How often the target has refused it.
    pub(crate) const ATTEMPTS: usize = 8;
    pub(crate) const CREATED_AT: usize = 9;
    /// What the database numbered the row that was committed.
    pub(crate) const OUTCOME: usize = 10;
    /// The key of the row that was committed.
    pub(crate) const KEY: usize = 12;
    /// The key of the target's row, once it has been refused.
    pub(crate) const TARGET_KEY: usize = 13;
    pub(crate) const ERROR: usize = 14;
    /// What the answer is made of.
    pub(crate) const ROW: usize = 15;
    pub(crate) const BODY: usize = 16;
}

/// Answers that wait to be exported. Times are microseconds since 1970.
pub(crate) static EXPORTS: TableDef = TableDef {
    columns: &[
        number("number"),
        column("target", ColumnType::Int),
        column("state", ColumnType::String),
        column("due_at", ColumnType::Int),
        column("id", ColumnType::Uuid),
        column("of_job", ColumnType::Bool),
        column("route", ColumnType::String),
        column("method", ColumnType::String),
        column("attempts", ColumnType::Int),
        column("created_at", ColumnType::Int),
        nullable("outcome", ColumnType::Int),
        // The number of the row that it waits for.
        nullable("behind", ColumnType::Int),
        nullable("key", ColumnType::String),
        nullable("target_key", ColumnType::String),
        nullable("error", ColumnType::String),
        nullable("row", ColumnType::String),
        nullable("body", ColumnType::String),
    ],
    ..table("_pxt_exports")
};

/// The tables that answers are exported to, each with the lease of the node that delivers.
pub(crate) static TARGETS: TableDef = TableDef {
    columns: &[
        key("id", ColumnType::Int),
        column("name", ColumnType::String),
        // The node that delivers, until its lease ends.
        nullable("owner", ColumnType::Uuid),
        column("until", ColumnType::Int),
        // Since when nothing can be delivered, and why.
        nullable("since", ColumnType::Int),
        nullable("error", ColumnType::String),
    ],
    ..table("_pxt_export_targets")
};
