//! The difference between the schema and the catalog, as operators see it.

use std::fmt;

use super::Cursor;
use crate::schema::{At, TableDef};

/// How the declared tables differ from the database.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Drift {
    /// What `migrate` would do.
    pub additive: Vec<Change>,
    /// What stands in its way. While there is one, `migrate` does nothing.
    pub refused: Vec<Difference>,
}

/// An additive change of one table.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Change {
    /// The table.
    pub table: &'static TableDef,
    /// What changes.
    pub kind: ChangeKind,
}

/// What changes in a table. Columns are positions in the declared table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangeKind {
    /// The table is new.
    Table,
    /// The column is new; a computed one is computed for the rows that exist.
    Column(usize),
    /// The column is computed in another way, so that the rows that exist are computed again.
    Recompute(usize),
    /// The computed column may be null now.
    Nullable(usize),
}

/// A difference that is not additive: what is, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The table.
    pub table: &'static str,
    /// Where the table is declared.
    pub at: At,
    /// One sentence.
    pub text: String,
}

/// What a migration did, and what remains.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Migrated {
    /// The changes, in the order of the schema.
    pub changes: Vec<Change>,
    /// Tables whose rows wait for computed columns, from this migration or from one before that was cut short.
    pub backfill: Vec<Backfill>,
}

/// Computed columns that the rows of a table still wait for.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Backfill {
    /// The table.
    pub table: &'static TableDef,
    /// Positions of the columns, ascending.
    pub columns: Vec<usize>,
    /// Rows up to here are done (see [`Store::checkpoint`](super::Store::checkpoint)).
    pub after: Option<Cursor>,
}

impl Drift {
    /// Whether schema and database agree.
    pub fn is_empty(&self) -> bool {
        self.additive.is_empty() && self.refused.is_empty()
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TableDef { name, columns, .. } = self.table;
        match self.kind {
            ChangeKind::Table => write!(f, "table `{name}` is new"),
            ChangeKind::Column(column) => write!(f, "column `{name}.{}` is new", columns[column].name),
            ChangeKind::Recompute(column) => write!(f, "column `{name}.{}` is computed again", columns[column].name),
            ChangeKind::Nullable(column) => write!(f, "column `{name}.{}` may be null", columns[column].name),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.text)
    }
}
