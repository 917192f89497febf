//! SQLite as a target: a file that is there, written by one connection.

mod describe;
mod failure;

use std::path::PathBuf;
use std::sync::Arc;

use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, SqlStr, Sqlite, SqlitePool};

use super::address::{Address, Place};
use super::batch::{self, Driver, Limits};
use super::failure::Failure;
use super::table::TargetTable;
use super::value::Value;
use super::writer::Bound;
use crate::export::ExportMethod;

/// A file.
#[derive(Clone)]
pub(super) struct Database {
    pool: SqlitePool,
    limits: Limits,
    file: Arc<File>,
}

/// Where the file is, and what is said of it.
pub(super) struct File {
    name: String,
    path: PathBuf,
    /// What was written, if others take it for an absolute path.
    three: Option<PathBuf>,
}

impl Database {
    /// Does not connect yet.
    pub(super) fn new(address: &Address, limits: Limits) -> Result<Self, String> {
        let Place::File(path, three) = address.place() else { unreachable!("a server is no file") };
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(false)
            .foreign_keys(true)
            // Others are waited for by SQLite itself, which then says so before the time is over.
            .busy_timeout(limits.timeout / 4 * 3)
            .disable_statement_logging();
        let pool = batch::pool(Limits { connections: 1, ..limits }).connect_lazy_with(options);
        let file = File { name: address.name().to_owned(), path: path.clone(), three: three.clone() };
        Ok(Self { pool, limits, file: Arc::new(file) })
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}

fn bind<'q>(query: Query<'q, Sqlite, SqliteArguments>, value: &'q Value) -> Query<'q, Sqlite, SqliteArguments> {
    match value {
        Value::Null => query.bind(None::<&str>),
        Value::Int(number) => query.bind(*number),
        // No column takes it.
        Value::Unsigned(number) => query.bind(number.to_string()),
        Value::Number(number) => query.bind(*number),
        Value::Text(text) => query.bind(&**text),
        Value::Bytes(bytes) => query.bind(&**bytes),
    }
}

impl Driver for Database {
    type Server = Sqlite;

    fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn name(&self) -> &str {
        &self.file.name
    }

    fn failure(&self, error: sqlx::Error) -> Failure {
        failure::read(error, &self.file)
    }

    async fn describe(
        &self,
        connection: &mut SqliteConnection,
        schema: Option<&str>,
        table: &str,
    ) -> Result<Option<TargetTable>, sqlx::Error> {
        describe::table(connection, schema, table).await
    }

    async fn many(
        &self,
        connection: &mut SqliteConnection,
        statement: &Arc<str>,
        _: ExportMethod,
        rows: &[&Bound],
    ) -> Result<Vec<bool>, sqlx::Error> {
        let values: Vec<_> = rows.iter().flat_map(|row| &row.values).collect();
        self.one(connection, statement, &values).await?;
        Ok(vec![true; rows.len()])
    }

    async fn one(
        &self,
        connection: &mut SqliteConnection,
        statement: &Arc<str>,
        values: &[&Value],
    ) -> Result<u64, sqlx::Error> {
        let query =
            values.iter().fold(sqlx::query(AssertSqlSafe(statement.clone())), |query, value| bind(query, value));
        Ok(query.execute(connection).await?.rows_affected())
    }

    async fn finds(
        &self,
        connection: &mut SqliteConnection,
        statement: &Arc<str>,
        value: &Value,
    ) -> Result<bool, sqlx::Error> {
        let query = bind(sqlx::query(AssertSqlSafe(statement.clone())), value);
        Ok(query.fetch_optional(connection).await?.is_some())
    }

    /// Waits for others here, and not in the middle, where SQLite would refuse at once.
    fn begin(&self) -> SqlStr {
        SqlStr::from_static("BEGIN IMMEDIATE")
    }
}
