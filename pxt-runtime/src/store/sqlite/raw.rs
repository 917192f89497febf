//! Statements of a program's own, which only read; and those of pxt's own, which may write.

use std::sync::Arc;

use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{
    AssertSqlSafe, Column as _, Connection as _, Either, Executor as _, Row as _, SqlSafeStr as _, Sqlite,
    Statement as _, TypeInfo as _, ValueRef as _,
};

use super::bind::{self, Bind};
use super::{Database, arguments, failure};
use crate::schema::ColumnType;
use crate::store::StoreError;
use crate::store::script::{self, Answered};
use crate::value::Value;

/// Texts that are kept prepared.
pub(super) const TEXTS: usize = 256;

/// What SQLite says of a text.
#[derive(Debug)]
pub(super) struct Prepared {
    text: Arc<str>,
    parameters: usize,
    columns: Vec<String>,
}

impl Database {
    /// All rows of a text that was looked at before: of each, the columns of these names.
    pub(in crate::store) async fn sql(
        &self,
        text: &str,
        values: Vec<Value>,
        columns: &[(&str, ColumnType)],
    ) -> Result<Vec<Answered>, StoreError> {
        let count = values.len();
        let arguments = bound(values)?;
        let mut reader = self.reader().await?;
        let (prepared, kept) = self.prepared(&mut reader, text).await?;
        if prepared.parameters != count {
            return Err(script::wrong_count(prepared.parameters, count));
        }
        let changing = text.contains('*');
        let query = sqlx::query_with(AssertSqlSafe(prepared.text.clone()), arguments).persistent(kept && !changing);
        let rows = if changing { current(&mut reader, query).await } else { query.fetch_all(&mut *reader).await };
        let rows = match rows {
            Ok(rows) => rows,
            Err(error) => {
                self.file.check()?;
                return Err(failure::of_text(error));
            }
        };
        reader.done();
        let names: Vec<&str> = match rows.first() {
            Some(row) => row.columns().iter().map(|column| column.name()).collect(),
            // What a `*` stood for when the text was new.
            None if changing => return Ok(Vec::new()),
            None => prepared.columns.iter().map(String::as_str).collect(),
        };
        let place = |(name, ty): &(&str, ColumnType)| Ok((script::position(&names, name)?, *ty));
        let places = columns.iter().map(place).collect::<Result<Vec<_>, StoreError>>()?;
        let row = |row| Answered::of(places.iter().map(|(position, ty)| read(row, *position, *ty)));
        Ok(rows.iter().map(row).collect())
    }

    /// Runs one statement of pxt's own that writes, as a transaction of its own: it is durable when this returns. Answers the rows that it
    /// returns, whose columns are these in this order.
    pub(in crate::store) async fn change(
        &self,
        text: &str,
        values: Vec<Value>,
        columns: &[(&str, ColumnType)],
    ) -> Result<Vec<Answered>, StoreError> {
        let (text, arguments): (Arc<str>, _) = (text.into(), bound(values)?);
        let write = self.writer.exclusive(move |connection: &mut SqliteConnection| {
            Box::pin(async move {
                let query = sqlx::query_with(AssertSqlSafe(text), arguments);
                query.fetch_all(connection).await.map_err(failure::of_text)
            })
        });
        let rows: Vec<SqliteRow> = write.await?;
        let row = |row| Answered::of(columns.iter().enumerate().map(|(position, (_, ty))| read(row, position, *ty)));
        Ok(rows.iter().map(row).collect())
    }

    /// The clock of the machine that the database is on, which is this one, in microseconds since 1970.
    pub(in crate::store) async fn now(&self) -> Result<i64, StoreError> {
        let text = "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER) AS \"now\"";
        script::number(self.sql(text, Vec::new(), &[("now", ColumnType::Int)]).await?)
    }

    async fn prepared(&self, reader: &mut SqliteConnection, text: &str) -> Result<(Arc<Prepared>, bool), StoreError> {
        if let Some(known) = self.texts.find(text.as_bytes()) {
            return Ok((known, true));
        }
        let text: Arc<str> = text.into();
        let statement = match reader.prepare(AssertSqlSafe(text.clone()).into_sql_str()).await {
            Ok(statement) => statement,
            Err(error) => {
                self.file.check()?;
                return Err(failure::of_text(error));
            }
        };
        let parameters = match statement.parameters() {
            Some(Either::Left(types)) => types.len(),
            Some(Either::Right(count)) => count,
            None => 0,
        };
        let columns = statement.columns().iter().map(|column| column.name().to_owned()).collect();
        let made = Arc::new(Prepared { text: text.clone(), parameters, columns });
        Ok(self.texts.keep(text.as_bytes(), made))
    }
}

pub(super) fn bound(values: Vec<Value>) -> Result<SqliteArguments, StoreError> {
    let bind = |(position, value)| Bind::bare(value).map_err(|problem| script::wrong_value(position, problem));
    arguments(&values.into_iter().enumerate().map(bind).collect::<Result<Vec<_>, _>>()?)
}

/// Runs a text whose columns follow the tables. A connection learns that others changed a table when it first reads, and
/// sqlx panics when a row has more columns then than when the text was prepared: so another read comes first, and both are
/// of one moment.
async fn current(
    reader: &mut SqliteConnection,
    query: sqlx::query::Query<'_, Sqlite, SqliteArguments>,
) -> Result<Vec<SqliteRow>, sqlx::Error> {
    let mut moment = reader.begin().await?;
    sqlx::query("SELECT 1 FROM sqlite_schema LIMIT 1").fetch_optional(&mut *moment).await?;
    let rows = query.fetch_all(&mut *moment).await?;
    moment.rollback().await.map(|()| rows)
}

pub(super) fn read(row: &SqliteRow, position: usize, ty: ColumnType) -> Result<Value, StoreError> {
    bind::read(ty, row, position).map_or_else(|| Err(wrong_type(row, position, ty)), Ok)
}

/// An expression has no declared type: what SQLite holds is told.
fn wrong_type(row: &SqliteRow, position: usize, ty: ColumnType) -> StoreError {
    match row.try_get_raw(position) {
        Ok(raw) => {
            let holds = raw.type_info().name().to_ascii_lowercase();
            script::wrong_type(row.columns()[position].name(), ty, &holds)
        }
        Err(error) => failure::general(error),
    }
}
