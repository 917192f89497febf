//! What PostgreSQL's error codes mean for one row, for a connection, and for the caller.

use std::sync::Arc;

use sqlx::postgres::{PgDatabaseError, PgErrorPosition, PgSeverity};

use crate::schema::{ColumnType, TableDef};
use crate::store::StoreError;
use crate::store::named::{Described, Refused};
use crate::store::question::Question;

/// What a failure means for what is done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// The statement was refused, and the transaction around it with it.
    Refused,
    /// Others were in the way; the same thing may go well at once.
    Again,
    /// The connection has forgotten a prepared statement, or keeps one that does not fit any more.
    Forgotten,
    /// The connection cannot be used any more.
    Lost,
    /// As [`Lost`](Self::Lost), and the server itself does not know whether it has committed.
    Uncertain,
}

fn report(error: &sqlx::Error) -> Option<&PgDatabaseError> {
    error.as_database_error()?.try_downcast_ref()
}

/// Reads a failure. Codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
pub(super) fn fate(error: &sqlx::Error) -> Fate {
    let Some(report) = report(error) else {
        return match error {
            // What could not even be sent.
            sqlx::Error::Encode(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Fate::Refused,
            _ => Fate::Lost,
        };
    };
    match report.code() {
        "40003" | "08007" => Fate::Uncertain,
        "40001" | "40P01" => Fate::Again,
        "26000" => Fate::Forgotten,
        // `cached plan must not change result type`, in whatever language.
        "0A000" if report.routine() == Some("RevalidateCachedQuery") => Fate::Forgotten,
        // The server has become one that only reads: another one writes now.
        "25006" => Fate::Lost,
        // The server stops, crashed, starts; idle for too long.
        "57P01" | "57P02" | "57P03" | "57P04" | "57P05" | "25P03" | "25P04" => Fate::Lost,
        code if code.starts_with("08") => Fate::Lost,
        _ if matches!(report.severity(), PgSeverity::Fatal | PgSeverity::Panic) => Fate::Lost,
        _ => Fate::Refused,
    }
}

/// Whether a statement that may have been committed was not.
///
/// The server's refusal says so. Its last word before it goes says so only while the statement itself is under way
/// (`unanswered`), and not while it commits: what the statement did is told before the commit, on the same way.
pub(super) fn is_undone(error: &sqlx::Error, unanswered: bool) -> bool {
    match (report(error), fate(error)) {
        (None, fate) => fate == Fate::Refused,
        (Some(_), Fate::Uncertain) => false,
        (Some(report), _) => match report.severity() {
            PgSeverity::Fatal => unanswered && matches!(report.code(), "57P01" | "57P05"),
            PgSeverity::Panic => false,
            _ => true,
        },
    }
}

/// Whether a server that refuses a connection may soon accept one.
pub(super) fn may_pass(error: &sqlx::Error) -> bool {
    match report(error) {
        Some(report) => {
            matches!(report.code(), "53300" | "57P01" | "57P02" | "57P03") || report.code().starts_with("08")
        }
        None => matches!(error, sqlx::Error::Io(_) | sqlx::Error::Protocol(_)),
    }
}

/// What the operator is told of a refused connection.
pub(super) fn problem(error: &sqlx::Error) -> String {
    match (report(error), error) {
        (Some(report), _) => report.message().to_owned(),
        (None, sqlx::Error::Io(problem)) => problem.to_string(),
        (None, error) => error.to_string(),
    }
}

/// What the caller is told of a failed statement over a table.
pub(super) fn of_table(error: sqlx::Error, def: &'static TableDef) -> StoreError {
    let table = def.name;
    let Some(report) = report(&error) else { return general(error) };
    match report.code() {
        "23505" | "23P01" => StoreError::Duplicate { table, columns: unique_columns(report, def) },
        // A column that others made an `integer` or a `varchar(20)`.
        "22001" | "22003" => StoreError::Narrow { table },
        // The row of an index, too.
        "54000" => StoreError::TooLarge { table },
        "42P01" | "42703" | "3F000" => StoreError::SchemaChanged { table },
        // A null, a foreign key, a check, a view's condition, a trigger.
        code if ["23", "44", "P0"].iter().any(|class| code.starts_with(class)) => StoreError::Constraint { table },
        _ => general(error),
    }
}

/// What the caller is told of a failed select.
pub(super) fn of_question(error: sqlx::Error, question: &Question) -> StoreError {
    let Some(report) = report(&error) else { return of_table(error, question.table) };
    let added = match report.routine() {
        Some("float_overflow_error") => question.summed(ColumnType::Float),
        // A sum that is no `bigint` any more.
        _ => question.summed(ColumnType::Int),
    };
    match (report.code(), added) {
        ("22003", Some(sum)) => StoreError::Overflow { table: sum.table.name, column: sum.def().name },
        ("54001", _) => StoreError::TooComplex,
        _ => {
            // `relation "films.posters" does not exist`: the table that others changed.
            let named = |table: &&&TableDef| report.message().contains(table.name);
            let table = question.tables.iter().filter(named).max_by_key(|table| table.name.len());
            let table = *table.unwrap_or(&question.table);
            of_table(error, table)
        }
    }
}

/// What the caller is told of a failed text of a program's own.
pub(super) fn of_text(error: sqlx::Error) -> StoreError {
    match report(&error).map(PgDatabaseError::code) {
        Some("25006") => StoreError::Mistake("the SQL text writes: write by the tables' own operations".to_owned()),
        _ => general(error),
    }
}

/// What the caller is told of a failed statement that was described.
pub(super) fn of_described(error: sqlx::Error, described: &Described) -> StoreError {
    match report(&error).map(PgDatabaseError::code) {
        Some("42P01" | "42703" | "3F000" | "42883") => described.changed(),
        // Values that cannot be computed with, and more than the server computes.
        Some(code) if code.starts_with("22") || code.starts_with("54") => described.failed(general(error)),
        _ => of_text(error),
    }
}

/// What is said of a text that is not prepared. `text` is the one that was sent.
pub(super) fn of_preparation(error: sqlx::Error, text: &str) -> Refused {
    let Some(report) = report(&error).filter(|report| is_of_text(report.code())) else { return of_text(error).into() };
    let hint = report.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
    let at = match report.position() {
        // Counted in characters, from 1.
        Some(PgErrorPosition::Original(position)) => text.char_indices().nth(position - 1).map(|(at, _)| at),
        _ => None,
    };
    Refused::Text { told: format!("{}{hint}", report.message()), at }
}

/// Whether it is the text that is wrong: its syntax, what it names, what it may not, its constants, what the server cannot do.
fn is_of_text(code: &str) -> bool {
    ["42", "22", "0A", "54", "3F"].iter().any(|class| code.starts_with(class))
}

/// What the caller is told of any other failure.
pub(super) fn general(error: sqlx::Error) -> StoreError {
    match fate(&error) {
        Fate::Lost => return StoreError::Unavailable,
        Fate::Uncertain => return StoreError::Uncertain,
        Fate::Again => return StoreError::Busy,
        Fate::Refused | Fate::Forgotten => {}
    }
    match report(&error).map(PgDatabaseError::code) {
        // It took too long, somebody else held it for too long, or there was no memory.
        Some("57014" | "55P03" | "53200" | "53300") => StoreError::Busy,
        Some("53100") => StoreError::Full,
        _ => match error {
            // Its text is the whole text of sqlx's own error, which would stand twice in a log.
            sqlx::Error::Database(report) => StoreError::Database(report.into_error().into()),
            error => StoreError::Database(Arc::new(error)),
        },
    }
}

/// The columns in `Key (id, "Part")=(1, 2) already exists.`
fn unique_columns(report: &PgDatabaseError, def: &'static TableDef) -> Vec<&'static str> {
    let listed = report.detail().and_then(|detail| detail.split_once('(')?.1.split_once(")=(").map(|(list, _)| list));
    let Some(listed) = listed else { return Vec::new() };
    let named = |part: &str| {
        let bare = part.strip_prefix('"').and_then(|part| part.strip_suffix('"'));
        let part = bare.map_or_else(|| part.to_owned(), |part| part.replace("\"\"", "\""));
        def.columns.iter().map(|declared| declared.name).find(|name| *name == part)
    };
    listed.split(", ").filter_map(named).collect()
}
