//! MySQL and MariaDB as targets.

mod describe;
mod failure;

use std::str::FromStr as _;
use std::sync::Arc;

use sqlx::mysql::{MySqlArguments, MySqlConnectOptions, MySqlConnection};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _, MySql, MySqlPool};

use super::address::{Address, Place};
use super::batch::{self, Driver, Limits};
use super::failure::Failure;
use super::table::TargetTable;
use super::value::Value;
use super::writer::Bound;
use crate::export::ExportMethod;

/// A database of a MySQL or MariaDB server.
#[derive(Clone)]
pub(super) struct Database {
    pool: MySqlPool,
    limits: Limits,
    name: Arc<str>,
}

/// Every value is taken as it is, or refused.
const MODES: &str = "STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,\
    NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO";

impl Database {
    /// Does not connect yet.
    pub(super) fn new(address: &Address, limits: Limits) -> Result<Self, String> {
        let Place::Server(url) = address.place() else { unreachable!("a file is no server") };
        let options = MySqlConnectOptions::from_str(url.as_str()).map_err(|error| {
            let problem = error.to_string();
            let problem = problem.trim_start_matches("error with configuration: ");
            format!("`db_connect` cannot be read ({problem}): write `mysql://user:password@host/name`")
        })?;
        // What the server gives up by itself, when nobody waits for it any more. Only MariaDB reads what is behind `M!`.
        let seconds = limits.timeout.as_secs().max(1);
        let session: Arc<str> = format!(
            "SET SESSION sql_mode = '{MODES}', innodb_lock_wait_timeout = {seconds}, lock_wait_timeout = {seconds} \
             /*M!100100 , max_statement_time = {} */",
            limits.timeout.as_secs_f64().max(0.001)
        )
        .into();
        let pool = batch::pool(limits).after_connect(move |connection: &mut MySqlConnection, _| {
            let session = session.clone();
            Box::pin(async move { connection.execute(AssertSqlSafe(session)).await.map(|_| ()) })
        });
        let options = options.timezone(Some("+00:00".to_owned())).disable_statement_logging();
        Ok(Self { pool: pool.connect_lazy_with(options), limits, name: address.name().into() })
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}

fn bind<'q>(query: Query<'q, MySql, MySqlArguments>, value: &'q Value) -> Query<'q, MySql, MySqlArguments> {
    match value {
        Value::Null => query.bind(None::<&str>),
        Value::Int(number) => query.bind(*number),
        Value::Unsigned(number) => query.bind(*number),
        Value::Number(number) => query.bind(*number),
        Value::Text(text) => query.bind(&**text),
        Value::Bytes(bytes) => query.bind(&**bytes),
    }
}

impl Driver for Database {
    type Server = MySql;

    fn pool(&self) -> &MySqlPool {
        &self.pool
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn failure(&self, error: sqlx::Error) -> Failure {
        failure::read(error, &self.name)
    }

    async fn describe(
        &self,
        connection: &mut MySqlConnection,
        schema: Option<&str>,
        table: &str,
    ) -> Result<Option<TargetTable>, sqlx::Error> {
        describe::table(connection, schema, table).await
    }

    async fn many(
        &self,
        connection: &mut MySqlConnection,
        statement: &Arc<str>,
        _: ExportMethod,
        rows: &[&Bound],
    ) -> Result<Vec<bool>, sqlx::Error> {
        let values: Vec<_> = rows.iter().flat_map(|row| &row.values).collect();
        self.one(connection, statement, &values).await?;
        Ok(vec![true; rows.len()])
    }

    /// The rows that an update finds, changed or not: sqlx asks the server to count so (`CLIENT_FOUND_ROWS`).
    async fn one(
        &self,
        connection: &mut MySqlConnection,
        statement: &Arc<str>,
        values: &[&Value],
    ) -> Result<u64, sqlx::Error> {
        let query =
            values.iter().fold(sqlx::query(AssertSqlSafe(statement.clone())), |query, value| bind(query, value));
        Ok(query.execute(connection).await?.rows_affected())
    }

    async fn finds(
        &self,
        connection: &mut MySqlConnection,
        statement: &Arc<str>,
        value: &Value,
    ) -> Result<bool, sqlx::Error> {
        let query = bind(sqlx::query(AssertSqlSafe(statement.clone())), value);
        Ok(query.fetch_optional(connection).await?.is_some())
    }
}
