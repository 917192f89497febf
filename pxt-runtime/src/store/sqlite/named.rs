//! Statements with named parameters: what SQLite says of one, and its rows.
//!
//! The connections open the file for reading, so none of them can write, whatever the text. That it would is seen in SQLite's own program for it.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::{Stream, StreamExt as _};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{
    AssertSqlSafe, Column as _, Executor as _, Row as _, SqlSafeStr as _, Statement as _, TypeInfo as _, ValueRef as _,
};

use super::bind::Bind;
use super::file::File;
use super::readers::Reader;
use super::stream::Long;
use super::{Database, arguments, failure, raw};
use crate::schema::ColumnType;
use crate::store::StoreError;
use crate::store::extents::Extents;
use crate::store::fetch::{self, Failed};
use crate::store::long::Post;
use crate::store::named::{Described, Found, FoundColumn, Held, Refused, Window};
use crate::store::question::Ending;
use crate::store::rows::{End, Opened};
use crate::store::turns::Turn;
use crate::store::unreadable::Line;
use crate::value::Value;

/// What SQLite's program for a statement does.
#[derive(Default)]
struct Program {
    /// The pages on which the tables and indexes begin that it opens.
    roots: BTreeSet<i64>,
    writes: bool,
    /// Whether it takes rows together.
    aggregates: bool,
}

impl Database {
    /// What the columns of a statement are.
    pub(in crate::store) async fn describe(&self, text: &str, _: &[ColumnType]) -> Result<Found, Refused> {
        let mut reader = self.reader().await?;
        let prepared = reader.prepare(AssertSqlSafe(text.to_owned()).into_sql_str()).await;
        let statement = prepared.map_err(|error| self.unprepared(error))?;
        let program = program(&mut reader, text).await.map_err(|error| self.unprepared(error))?;
        if program.writes {
            return Err(StoreError::Mistake(WRITES.to_owned()).into());
        }
        let columns = statement.columns().iter().map(|column| {
            let origin = column.origin();
            let origin = origin.table_column().map(|origin| (origin.table.to_string(), origin.name.to_string()));
            let name = column.name().to_owned();
            let is_named = origin.is_some() || is_given(&name, text);
            FoundColumn { name, is_named, origin, held: Held::Anything }
        });
        let columns = columns.collect();
        let (tables, views) = objects(&mut reader, &program.roots).await.map_err(|error| self.unprepared(error))?;
        reader.done();
        let adds_nulls = program.aggregates || names_any(text, &views);
        Ok(Found { columns, tables, adds_nulls })
    }

    /// Whether the statement around a text can be read.
    pub(in crate::store) async fn attempt(&self, text: &Arc<str>, _: &[ColumnType]) -> Result<(), Refused> {
        let mut reader = self.reader().await?;
        let prepared = reader.prepare(AssertSqlSafe(text.clone()).into_sql_str()).await;
        prepared.map_err(|error| self.unprepared(error))?;
        reader.done();
        Ok(())
    }

    /// All rows of a window. None when they take more memory than `most` bytes and one row.
    pub(in crate::store) async fn named_rows(
        &self,
        described: &Described,
        values: &[Value],
        window: Window,
        most: usize,
    ) -> Result<Option<Vec<Line>>, StoreError> {
        let binds = bound(described, values.iter().cloned())?;
        let mut reader: Reader = self.reader().await?;
        let read = match rows(&mut reader, &described.texts.rows, &binds, window) {
            Ok(found) => fetch::all(found.map(|row| line(described, &row?)), most).await,
            Err(failed) => Err(failed),
        };
        let lines = read.map_err(|failed| told(failed, described, &self.file))?;
        if lines.is_some() {
            reader.done();
        }
        Ok(lines)
    }

    /// Starts to read a long answer.
    pub(in crate::store) async fn named_stream(
        &self,
        turn: Option<Turn>,
        described: &Arc<Described>,
        values: Vec<Value>,
        ending: Option<(Ending, Window)>,
        rows: Window,
    ) -> Result<Opened, StoreError> {
        let binds = bound(described, values.into_iter())?;
        self.begin(turn, NamedRows { described: described.clone(), binds, ending, rows }).await
    }

    fn unprepared(&self, error: sqlx::Error) -> Refused {
        self.file.check().err().map_or_else(|| failure::of_preparation(error), Refused::Store)
    }
}

const WRITES: &str = "the SQL text writes: write by the tables' own routes";

/// A long answer to a described statement.
struct NamedRows {
    described: Arc<Described>,
    binds: Vec<Bind>,
    ending: Option<(Ending, Window)>,
    rows: Window,
}

impl Long for NamedRows {
    fn extents(&self) -> &Extents {
        &self.described.extents
    }

    async fn send(&mut self, connection: &mut SqliteConnection, post: &mut Post) -> Result<(), Failed> {
        let Self { described, binds, ending, rows: window } = self;
        let end = match ending {
            Some((ending, window)) => {
                let sizes = rows(connection, &described.texts.sizes, binds, *window)?;
                ending.find(sizes.map(|row| size(&row?))).await?
            }
            None => End::default(),
        };
        if ending.is_some() {
            window.limit = end.count;
        }
        post.page(end).await?;
        let found = rows(connection, &described.texts.rows, binds, *window)?;
        post.rows(&described.extents, found.map(|row| line(described, &row?))).await
    }

    fn told(&self, failed: Failed, file: &File) -> StoreError {
        told(failed, &self.described, file)
    }
}

/// What the caller is told; the file may be gone.
fn told(failed: Failed, described: &Described, file: &File) -> StoreError {
    failed.told(|error| file.check().err().unwrap_or_else(|| failure::of_described(error, described)))
}

fn bound(described: &Described, values: impl Iterator<Item = Value>) -> Result<Vec<Bind>, StoreError> {
    let bind = |(position, value)| Bind::bare(value).map_err(|problem| described.wrong_value(position, problem));
    values.enumerate().map(bind).collect()
}

/// The rows of a window, as they come.
fn rows<'c>(
    connection: &'c mut SqliteConnection,
    text: &Arc<str>,
    binds: &[Bind],
    window: Window,
) -> Result<impl Stream<Item = Result<SqliteRow, sqlx::Error>> + Unpin + Send + use<'c>, Failed> {
    let binds = [binds, &window.numbers().map(Bind::Int)].concat();
    let arguments = arguments(&binds).map_err(Failed::Store)?;
    Ok(sqlx::query_with(AssertSqlSafe(text.clone()), arguments).fetch(connection))
}

fn line(described: &Described, row: &SqliteRow) -> Result<Line, Failed> {
    let value = |ty, position| match ty {
        Some(ty) => raw::read(row, position, ty),
        None => raw::read(row, position, held(row, position)),
    };
    described.row(value).map(Ok).map_err(Failed::Store)
}

/// The type that a value of no declared one says.
fn held(row: &SqliteRow, position: usize) -> ColumnType {
    match row
        .try_get_raw(position)
        .ok()
        .filter(|raw| !raw.is_null())
        .map(|raw| raw.type_info().name().to_owned())
        .as_deref()
    {
        Some("INTEGER") => ColumnType::Int,
        Some("REAL") => ColumnType::Float,
        Some("BLOB") => ColumnType::Binary,
        _ => ColumnType::String,
    }
}

fn size(row: &SqliteRow) -> Result<Line, Failed> {
    raw::read(row, 0, ColumnType::Int).map(|size| Ok(vec![size])).map_err(Failed::Store)
}

/// Whether a column's name is one that the author of the text gave it. SQLite calls an expression by its own text.
fn is_given(name: &str, text: &str) -> bool {
    let is_word = name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
        && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    let quoted = [("\"", "\""), ("[", "]"), ("`", "`"), ("'", "'")];
    is_word || quoted.iter().any(|(open, close)| text.contains(&format!("{open}{name}{close}")))
}

/// Asks for the program of a statement, which is not run.
async fn program(reader: &mut SqliteConnection, text: &str) -> Result<Program, sqlx::Error> {
    let explain = sqlx::query(AssertSqlSafe(format!("EXPLAIN {text}"))).persistent(false);
    let mut program = Program::default();
    for row in explain.fetch_all(reader).await? {
        let opcode: String = row.try_get("opcode")?;
        let (p2, p3): (i64, i64) = (row.try_get("p2")?, row.try_get("p3")?);
        match opcode.as_str() {
            // The file itself is database 0, and tables that only live for a connection are in 1.
            "OpenRead" | "ReopenIdx" if p3 == 0 => drop(program.roots.insert(p2)),
            "Transaction" => program.writes |= p2 != 0,
            "AggStep" | "AggStep1" | "AggFinal" | "Count" => program.aggregates = true,
            _ => {}
        }
    }
    Ok(program)
}

/// The tables that begin, or whose indexes begin, on these pages, and the names of all views.
async fn objects(
    reader: &mut SqliteConnection,
    roots: &BTreeSet<i64>,
) -> Result<(Vec<String>, Vec<String>), sqlx::Error> {
    let text = "SELECT type, tbl_name, rootpage FROM sqlite_schema";
    let (mut tables, mut views) = (Vec::new(), Vec::new());
    for row in sqlx::query(text).fetch_all(reader).await? {
        let (sort, name): (String, String) = (row.try_get("type")?, row.try_get("tbl_name")?);
        if sort == "view" {
            views.push(name);
        } else if row.try_get::<Option<i64>, _>("rootpage")?.is_some_and(|root| roots.contains(&root)) {
            tables.push(name);
        }
    }
    Ok((tables, views))
}

/// Whether a text has one of these names anywhere.
fn names_any(text: &str, names: &[String]) -> bool {
    let lower = text.to_lowercase();
    names.iter().any(|name| lower.contains(&name.to_lowercase()))
}
