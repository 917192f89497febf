//! What can go wrong with rows, in the terms of tables and columns.
//!
//! Texts name tables, columns and remedies, and the key of a row that cannot be read. They never repeat another value or a statement; what the database itself said is
//! the source of [`StoreError::Database`], for the log.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use super::select::SOUGHT;
use super::{Difference, Unreadable};
use crate::value::size;

/// Why the store did not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A row with this primary key, or with these unique values, exists.
    #[error("table `{table}` already has a row with the same {}", listed(.columns))]
    Duplicate {
        /// The table.
        table: &'static str,
        /// The columns that must be unique together. Empty for an index that others made over an expression.
        columns: Vec<&'static str>,
    },
    /// Another process changed the table's schema after this one started.
    #[error("table `{table}` was changed by another process: restart with the current schema")]
    SchemaChanged {
        /// The table.
        table: &'static str,
    },
    /// The declared tables do not fit the database, and no additive change makes them fit.
    #[error("the schema does not fit the database{}", lines(.0))]
    Drift(Vec<Difference>),
    /// The database or the queue before it is occupied for longer than a write may wait.
    #[error("the database is busy: try again later")]
    Busy,
    /// Another connection to the database, or a file that it needs for itself, cannot be opened: mostly for want of
    /// descriptors.
    #[error("another connection to the database cannot be opened: try again later")]
    NotOpened(#[source] Arc<dyn std::error::Error + Send + Sync>),
    /// The catalog, or a table that a migration changes, was not free for as long as that may be waited for.
    #[error(
        "the tables could not be locked to change them: end the long transactions on them, or wait for the migration of \
         another node, and start again"
    )]
    Locked,
    /// The database server cannot be reached, or stopped in the middle of what was asked: nothing was written.
    #[error("the database cannot be reached: try again later")]
    Unavailable,
    /// The connection to the database server broke while it made a row durable, so that nobody knows whether it did.
    #[error("the connection to the database was lost while the row was written: it may be stored")]
    Uncertain,
    /// There is no connection to the database server at the start.
    #[error("the database at `{address}` cannot be reached: {problem}")]
    Unreachable {
        /// Host and port, or the path of the socket.
        address: String,
        /// Why. Never the password.
        problem: String,
    },
    /// The disk, or the space that the database may use, is full.
    #[error("no space is left for the database")]
    Full,
    /// A stored value is not of its column's type.
    #[error(transparent)]
    Unreadable(Box<Unreadable>),
    /// The caller brought a value that the column cannot hold.
    #[error("column `{table}.{column}` cannot hold the value: it {problem}")]
    Value {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// What is wrong: `must not be null`.
        problem: &'static str,
    },
    /// The database refuses a change by a constraint, or a trigger, that others gave the table: a foreign key, a check.
    #[error("table `{table}` has a constraint in the database that refuses the change")]
    Constraint {
        /// The table.
        table: &'static str,
    },
    /// The caller brought a value that is too long or too large for a column that others made narrower than it is declared:
    /// an `integer`, a `varchar(20)`.
    #[error("a value does not fit into its column of table `{table}`, which is narrower in the database than declared")]
    Narrow {
        /// The table.
        table: &'static str,
    },
    /// A row is larger than the database takes.
    #[error("a row of table `{table}` is larger than the database takes")]
    TooLarge {
        /// The table.
        table: &'static str,
    },
    /// The caller's row or key does not have one value per column of the table or of its primary key, if it has one.
    #[error("table `{table}` does not have as many columns, or key columns, as there are values")]
    Arity {
        /// The table.
        table: &'static str,
    },
    /// A cursor cannot be read, or is one of another select.
    #[error("the cursor is not one of this query: start again without one")]
    BadCursor,
    /// A page cannot end: what identifies its last row, and many behind it, is too long for a cursor, or cannot be read.
    #[error(
        "rows of table `{table}` have keys that are too long for a cursor or cannot be read, more than 128 in a row: read larger pages"
    )]
    LongKeys {
        /// The table.
        table: &'static str,
    },
    /// A filter has more parts or values, or is deeper, than a database takes.
    #[error("the filter has more parts or values than the database takes: ask for less at once")]
    TooComplex,
    /// A text that is looked for in others is too long.
    #[error("a text that is looked for in others is longer than {}", size(SOUGHT))]
    LongText,
    /// The sum of a column is larger than an integer can be.
    #[error("the sum of column `{table}.{column}` does not fit into a 64-bit number")]
    Overflow {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// The database cannot compute with the values that the caller brought: it divides by zero, or reads a number in a text
    /// that has none.
    #[error("the database cannot compute with these values")]
    Data(#[source] Arc<dyn std::error::Error + Send + Sync>),
    /// Whoever reads a long answer did not take rows for too long, and the connection was needed.
    #[error("the rows were not taken for too long: read them faster, or ask for fewer")]
    Slow,
    /// The program asks for something that makes no sense; the text says what to write.
    #[error("{0}")]
    Mistake(String),
    /// The database's URL cannot be used; the text says what to write.
    #[error("{0}")]
    Url(String),
    /// The folder of the database cannot be made.
    #[error("the folder `{}` of the database cannot be made", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: Arc<std::io::Error>,
    },
    /// The database cannot be opened.
    #[error("the database `{}` cannot be opened: {problem}", .path.display())]
    Open {
        /// The database's file.
        path: PathBuf,
        /// What the database itself says.
        problem: String,
    },
    /// The database can be opened and not written to.
    #[error("the database `{}` is not writable: {problem}", .path.display())]
    NotWritable {
        /// The database's file.
        path: PathBuf,
        /// What the database itself says.
        problem: String,
    },
    /// The database's file, or its write-ahead log, is no longer the one that was opened: whatever is written is lost.
    #[error("the database file, or the `-wal` beside it, was removed or replaced: restart the service")]
    Gone,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// Anything else that the database reports.
    #[error("the database failed")]
    Database(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

fn listed(columns: &[&str]) -> String {
    if columns.is_empty() {
        return "unique values".to_owned();
    }
    columns.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(" and ")
}

fn lines(differences: &[Difference]) -> String {
    differences.iter().fold(":".to_owned(), |mut text, difference| {
        // Writing to a `String` does not fail.
        let _ = write!(text, "\n  {difference}");
        text
    })
}
