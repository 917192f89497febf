//! Statements with named parameters: what PostgreSQL says of one, and its rows.
//!
//! All of it happens in transactions that only read, whatever the text. Parameters have the types that they are declared with.

use std::sync::Arc;

use futures_util::{Stream, StreamExt as _};
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgColumn, PgConnection, PgRow, PgTypeInfo};
use sqlx::{AssertSqlSafe, Column as _, Executor as _, Row as _, SqlSafeStr as _, Statement as _, TypeInfo as _};

use super::bind::{self, Bind};
use super::raw;
use super::readers::{Read, Reader, Source};
use super::stream::{Answer, timely};
use super::{Database, control, failure};
use crate::schema::ColumnType;
use crate::store::StoreError;
use crate::store::fetch::{self, Failed};
use crate::store::long::Post;
use crate::store::named::{Described, Found, FoundColumn, Held, Refused, Window};
use crate::store::question::Ending;
use crate::store::rows::{End, Opened};
use crate::store::turns::Turn;
use crate::store::unreadable::Line;
use crate::value::Value;

pub(in crate::store) use super::bind::reads;

/// What PostgreSQL calls a column that has no name.
const UNNAMED: &str = "?column?";

/// The columns of tables, by the numbers of both.
const COLUMNS: &str = "SELECT a.attrelid, a.attnum, c.relname::text, a.attname::text FROM pg_catalog.pg_attribute a \
     JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
     WHERE a.attrelid = ANY($1::text::oid[]) AND c.relkind IN ('r', 'p') AND pg_catalog.pg_table_is_visible(c.oid)";

/// The tables that the transaction has looked at: preparing locks each of them, those behind views too.
const LOCKED: &str = "SELECT DISTINCT c.relname::text FROM pg_catalog.pg_locks l \
     JOIN pg_catalog.pg_class c ON c.oid = l.relation \
     WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND c.relkind IN ('r', 'p') \
     AND pg_catalog.pg_table_is_visible(c.oid) AND c.relnamespace <> 'pg_catalog'::pg_catalog.regnamespace";

impl Database {
    /// What the columns of a statement are.
    pub(in crate::store) async fn describe(&self, text: &str, parameters: &[ColumnType]) -> Result<Found, Refused> {
        let types: Vec<PgTypeInfo> = parameters.iter().map(|ty| PgTypeInfo::with_oid(Oid(bind::oid(*ty)))).collect();
        let description = Description { text: text.into(), types };
        let found = self.readers.read(Source::Primary, &description).await;
        found.map_err(|failed| refused(failed, text))
    }

    /// Whether the statement around a text can be read: the server looks at what it may, and whether it writes, when it begins
    /// to run a statement, of which no row is asked for.
    pub(in crate::store) async fn attempt(&self, text: &Arc<str>, parameters: &[ColumnType]) -> Result<(), Refused> {
        let binds: Vec<Bind> = parameters.iter().map(|ty| Bind::Null(Some(*ty))).collect();
        let attempt = Page { text, binds: &binds, window: Window { limit: 0, offset: 0 }, described: None, most: 0 };
        self.readers.read(Source::Primary, &attempt).await.map(drop).map_err(|failed| refused(failed, text))
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
        let page = Page { text: &described.texts.rows, binds: &binds, window, described: Some(described), most };
        let read = self.readers.read(Source::Replica, &page).await;
        read.map_err(|failed| failed.told(|error| failure::of_described(error, described)))
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
}

fn refused(failed: Failed, text: &str) -> Refused {
    match failed {
        Failed::Database(error) => failure::of_preparation(error, text),
        Failed::Store(error) => error.into(),
    }
}

/// A value of each parameter; a null is of the parameter's type.
fn bound(described: &Described, values: impl Iterator<Item = Value>) -> Result<Vec<Bind>, StoreError> {
    let bind = |(position, value): (usize, Value)| match value {
        Value::Null => Ok(Bind::Null(Some(described.parameters[position].1))),
        value => Bind::bare(value).map_err(|problem| described.wrong_value(position, problem)),
    };
    values.enumerate().map(bind).collect()
}

/// A statement about to be described.
struct Description {
    text: Arc<str>,
    types: Vec<PgTypeInfo>,
}

impl Read for Description {
    type Answer = Found;

    async fn read(&self, reader: &mut Reader) -> Result<Found, Failed> {
        control(reader, "BEGIN READ ONLY").await?;
        let found = self.find(reader).await;
        control(reader, "ROLLBACK").await?;
        let found = found?;
        reader.settle();
        Ok(found)
    }
}

impl Description {
    async fn find(&self, connection: &mut PgConnection) -> Result<Found, sqlx::Error> {
        let statement = connection.prepare_with(AssertSqlSafe(self.text.clone()).into_sql_str(), &self.types).await?;
        let tables: Vec<String> = sqlx::query_scalar(LOCKED).fetch_all(&mut *connection).await?;
        let relations: Vec<String> =
            statement.columns().iter().filter_map(PgColumn::relation_id).map(|oid| oid.0.to_string()).collect();
        let relations = format!("{{{}}}", relations.join(","));
        let known = sqlx::query(COLUMNS).bind(relations).fetch_all(&mut *connection).await?;
        let mut origins = Vec::with_capacity(known.len());
        for row in &known {
            let place: (Oid, i16) = (row.try_get(0)?, row.try_get(1)?);
            origins.push((place, (row.try_get::<String, _>(2)?, row.try_get::<String, _>(3)?)));
        }
        let column = |column: &PgColumn| {
            let place = column.relation_id().zip(column.relation_attribute_no());
            let origin = origins.iter().find(|(known, _)| Some(*known) == place).map(|(_, names)| names.clone());
            let info = column.type_info();
            let number = info.oid().map_or(0, |oid| oid.0);
            let held = Held::Type { number, word: info.name().to_ascii_lowercase(), ty: bind::answered_as(number) };
            FoundColumn { name: column.name().to_owned(), is_named: column.name() != UNNAMED, origin, held }
        };
        Ok(Found { columns: statement.columns().iter().map(column).collect(), tables, adds_nulls: false })
    }
}

/// Rows of a window, if they are few.
struct Page<'p> {
    text: &'p Arc<str>,
    binds: &'p [Bind],
    window: Window,
    /// None when there are no rows.
    described: Option<&'p Described>,
    most: usize,
}

impl Read for Page<'_> {
    type Answer = Option<Vec<Line>>;

    async fn read(&self, reader: &mut Reader) -> Result<Option<Vec<Line>>, Failed> {
        control(reader, "BEGIN READ ONLY").await?;
        let lines = self.lines(reader).await;
        if let Ok(None) = lines {
            // There are rows that nobody reads: the connection goes.
            return Ok(None);
        }
        // Whatever became of it, and whatever it set.
        control(reader, "ROLLBACK").await?;
        let lines = lines?;
        reader.settle();
        Ok(lines)
    }
}

impl Page<'_> {
    async fn lines(&self, connection: &mut PgConnection) -> Result<Option<Vec<Line>>, Failed> {
        let found = rows(connection, self.text, self.binds, self.window)?;
        let line = |row: Result<PgRow, sqlx::Error>| match self.described {
            Some(described) => line(described, &row?),
            None => row.map(|_| Ok(Vec::new())).map_err(Failed::Database),
        };
        fetch::all(found.map(line), self.most).await
    }
}

/// A long answer to a described statement.
struct NamedRows {
    described: Arc<Described>,
    binds: Vec<Bind>,
    ending: Option<(Ending, Window)>,
    rows: Window,
}

impl Answer for NamedRows {
    async fn send(
        &mut self,
        reader: &mut Reader,
        post: &mut Post,
        patience: std::time::Duration,
    ) -> Result<(), Failed> {
        let Self { described, binds, ending, rows: window } = self;
        let end = match ending {
            Some((ending, window)) => {
                let sizes = rows(reader, &described.texts.sizes, binds, *window)?.map(|row| size(&row?));
                ending.find(Box::pin(timely(sizes, patience))).await?
            }
            None => End::default(),
        };
        if ending.is_some() {
            window.limit = end.count;
        }
        post.page(end).await?;
        let found = rows(reader, &described.texts.rows, binds, *window)?.map(|row| line(described, &row?));
        post.rows(&described.extents, Box::pin(timely(found, patience))).await
    }

    fn told(&self, failed: Failed) -> StoreError {
        failed.told(|error| failure::of_described(error, &self.described))
    }
}

/// The rows of a window, as they come.
fn rows<'c>(
    connection: &'c mut PgConnection,
    text: &Arc<str>,
    binds: &[Bind],
    window: Window,
) -> Result<impl Stream<Item = Result<PgRow, sqlx::Error>> + Unpin + Send + use<'c>, sqlx::Error> {
    let numbers = window.numbers().map(Bind::Int);
    let arguments = bind::arguments(binds.iter().chain(&numbers))?;
    Ok(sqlx::query_with(AssertSqlSafe(text.clone()), arguments).fetch(connection))
}

fn line(described: &Described, row: &PgRow) -> Result<Line, Failed> {
    // Each column has a type here.
    let value = |ty: Option<ColumnType>, position| raw::value(row, position, ty.unwrap_or(ColumnType::String));
    described.row(value).map(Ok).map_err(Failed::Store)
}

fn size(row: &PgRow) -> Result<Line, Failed> {
    raw::value(row, 0, ColumnType::Int).map(|size| Ok(vec![size])).map_err(Failed::Store)
}
