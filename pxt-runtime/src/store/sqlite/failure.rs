//! What SQLite's result codes mean for one row, for a group of rows, and for the caller.

use std::path::Path;
use std::sync::Arc;

use sqlx::error::DatabaseError;

use crate::schema::{ColumnType, TableDef};
use crate::store::StoreError;
use crate::store::named::{Described, Refused};
use crate::store::question::Question;

// Primary result codes: <https://www.sqlite.org/rescode.html>. The low byte of an extended code is its primary one.
const ERROR: i32 = 1;
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const READ_ONLY: i32 = 8;
const FULL: i32 = 13;
const CANNOT_OPEN: i32 = 14;
/// A write that the system refused for any other reason than a full disk: a quota, a limit of the file's size, a broken disk.
const WRITE_REFUSED: i32 = 10 | (3 << 8);
const SCHEMA: i32 = 17;
const TOO_BIG: i32 = 18;
const CONSTRAINT: i32 = 19;
const MISMATCH: i32 = 20;
const NOT_A_DATABASE: i32 = 26;
const CONSTRAINT_CHECK: i32 = CONSTRAINT | (1 << 8);
const CONSTRAINT_FOREIGN_KEY: i32 = CONSTRAINT | (3 << 8);
const CONSTRAINT_NOT_NULL: i32 = CONSTRAINT | (5 << 8);
const CONSTRAINT_TRIGGER: i32 = CONSTRAINT | (7 << 8);
const CONSTRAINT_PRIMARY_KEY: i32 = CONSTRAINT | (6 << 8);
const CONSTRAINT_UNIQUE: i32 = CONSTRAINT | (8 << 8);
const CONSTRAINT_ROW_NUMBER: i32 = CONSTRAINT | (10 << 8);

fn code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

fn primary(error: &sqlx::Error) -> Option<i32> {
    code(error).map(|code| code & 0xff)
}

/// Whether only the statement failed. SQLite has undone the statement then, all of its rows, and the transaction around
/// it goes on; after any other error the transaction may be gone.
pub(super) fn of_statement(error: &sqlx::Error) -> bool {
    matches!(primary(error), Some(ERROR | SCHEMA | TOO_BIG | CONSTRAINT | MISMATCH))
}

/// Whether there was nothing to undo.
pub(super) fn no_transaction(error: &sqlx::Error) -> bool {
    primary(error) == Some(ERROR)
}

pub(super) fn busy(error: &sqlx::Error) -> bool {
    matches!(primary(error), Some(BUSY | LOCKED))
}

/// What the caller is told of a failed statement over a table.
pub(super) fn of_table(error: sqlx::Error, def: &'static TableDef) -> StoreError {
    let table = def.name;
    let Some(report) = error.as_database_error() else { return general(error) };
    match code(&error) {
        Some(CONSTRAINT_PRIMARY_KEY | CONSTRAINT_UNIQUE | CONSTRAINT_ROW_NUMBER) => {
            StoreError::Duplicate { table, columns: unique_columns(report, def) }
        }
        Some(CONSTRAINT_CHECK | CONSTRAINT_FOREIGN_KEY | CONSTRAINT_NOT_NULL | CONSTRAINT_TRIGGER) => {
            StoreError::Constraint { table }
        }
        Some(code) if code & 0xff == TOO_BIG => StoreError::TooLarge { table },
        Some(code) if code & 0xff == ERROR && missing(report) => StoreError::SchemaChanged { table },
        _ => general(error),
    }
}

/// What the caller is told of a failed select.
pub(super) fn of_question(error: sqlx::Error, question: &Question) -> StoreError {
    let Some(report) = error.as_database_error().filter(|_| primary(&error) == Some(ERROR)) else {
        return of_table(error, question.table);
    };
    match question.summed(ColumnType::Int) {
        Some(sum) if report.message().contains("integer overflow") => {
            StoreError::Overflow { table: sum.table.name, column: sum.def().name }
        }
        _ => {
            // `no such column: films.posters.year`: the table that others changed.
            let named = |table: &&&TableDef| report.message().contains(table.name);
            let table = question.tables.iter().filter(named).max_by_key(|table| table.name.len());
            let table = *table.unwrap_or(&question.table);
            of_table(error, table)
        }
    }
}

/// What the caller is told of a failed text of a program's own.
pub(super) fn of_text(error: sqlx::Error) -> StoreError {
    match primary(&error) {
        Some(READ_ONLY) => StoreError::Mistake("the SQL text writes: write by the tables' own operations".to_owned()),
        _ => general(error),
    }
}

/// What the caller is told of a failed statement that was described.
pub(super) fn of_described(error: sqlx::Error, described: &Described) -> StoreError {
    match primary(&error) {
        Some(ERROR) if error.as_database_error().is_some_and(missing) => described.changed(),
        Some(ERROR | TOO_BIG | MISMATCH) => described.failed(general(error)),
        _ => of_text(error),
    }
}

/// What is said of a text that is not prepared.
pub(super) fn of_preparation(error: sqlx::Error) -> Refused {
    match (primary(&error), error.as_database_error()) {
        (Some(ERROR | TOO_BIG), Some(report)) => Refused::Text { told: report.message().to_owned(), at: None },
        _ => of_text(error).into(),
    }
}

/// What the caller is told of any other failure.
pub(super) fn general(error: sqlx::Error) -> StoreError {
    let primary = primary(&error);
    match error {
        sqlx::Error::PoolTimedOut => StoreError::Busy,
        sqlx::Error::PoolClosed => StoreError::Closed,
        error if busy(&error) => StoreError::Busy,
        _ if primary == Some(FULL) => StoreError::Full,
        sqlx::Error::Database(report) if primary == Some(CANNOT_OPEN) => {
            StoreError::NotOpened(report.into_error().into())
        }
        error if code(&error) == Some(WRITE_REFUSED) => {
            tracing::error!(%error, "the system refuses to write the database: look at quotas, limits of files, and the disk");
            StoreError::Full
        }
        // Its text is the whole text of sqlx's own error, which would stand twice in a log.
        sqlx::Error::Database(report) => StoreError::Database(report.into_error().into()),
        error => StoreError::Database(Arc::new(error)),
    }
}

/// What the operator is told when the database at `path` cannot be opened for writing.
pub(super) fn opening(error: sqlx::Error, path: &Path) -> StoreError {
    let path = path.to_owned();
    let problem = match error.as_database_error() {
        Some(report) => report.message().to_owned(),
        None => error.to_string(),
    };
    match primary(&error) {
        Some(BUSY | LOCKED) => general(error),
        Some(READ_ONLY) => StoreError::NotWritable { path, problem },
        Some(NOT_A_DATABASE) => {
            StoreError::Url(format!("the file `{}` is not a SQLite database: write another path", path.display()))
        }
        _ => StoreError::Open { path, problem },
    }
}

/// SQLite has one code for all errors of a statement's text; only its words tell them apart.
fn missing(report: &dyn DatabaseError) -> bool {
    let message = report.message();
    ["no such table", "no such column", "has no column named"].iter().any(|words| message.contains(words))
}

/// The columns in `UNIQUE constraint failed: films.posters.id, films.posters.part`.
fn unique_columns(report: &dyn DatabaseError, def: &'static TableDef) -> Vec<&'static str> {
    let Some((_, listed)) = report.message().split_once(": ") else { return Vec::new() };
    let named = |part: &str| {
        let column = part.strip_prefix(def.name)?.strip_prefix('.')?;
        def.columns.iter().map(|declared| declared.name).find(|name| *name == column)
    };
    listed.split(", ").filter_map(named).collect()
}
