//! PostgreSQL as a target. Values are sent as arrays of texts, so that one statement takes any number of rows.

mod describe;
mod failure;

use std::str::FromStr as _;
use std::sync::Arc;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgPool, Postgres};

use super::address::{Address, Place};
use super::batch::{self, Driver, Limits};
use super::failure::Failure;
use super::table::TargetTable;
use super::value::Value;
use super::writer::{Bound, text};
use crate::export::ExportMethod;

/// A database of a PostgreSQL server.
#[derive(Clone)]
pub(super) struct Database {
    pool: PgPool,
    limits: Limits,
    name: Arc<str>,
}

impl Database {
    /// Does not connect yet.
    pub(super) fn new(address: &Address, limits: Limits) -> Result<Self, String> {
        let Place::Server(url) = address.place() else { unreachable!("a file is no server") };
        let options = PgConnectOptions::from_str(url.as_str()).map_err(|error| {
            let problem = error.to_string();
            let problem = problem.trim_start_matches("error with configuration: ");
            format!("`db_connect` cannot be read ({problem}): write `postgresql://user:password@host/name`")
        })?;
        let pool = batch::pool(limits).connect_lazy_with(limited(options, limits).disable_statement_logging());
        Ok(Self { pool, limits, name: address.name().into() })
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}

/// What the server gives up by itself, when nobody waits for it any more. What the URL says counts more.
fn limited(options: PgConnectOptions, limits: Limits) -> PgConnectOptions {
    let said = options.get_options().unwrap_or_default().to_owned();
    let milliseconds = limits.timeout.as_millis().max(1).to_string();
    let names = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"];
    let ours = names.into_iter().filter(|name| !said.contains(name)).map(|name| (name, milliseconds.clone()));
    options.options(ours)
}

impl Driver for Database {
    type Server = Postgres;

    fn pool(&self) -> &PgPool {
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
        connection: &mut PgConnection,
        schema: Option<&str>,
        table: &str,
    ) -> Result<Option<TargetTable>, sqlx::Error> {
        describe::table(connection, schema, table).await
    }

    async fn many(
        &self,
        connection: &mut PgConnection,
        statement: &Arc<str>,
        method: ExportMethod,
        rows: &[&Bound],
    ) -> Result<Vec<bool>, sqlx::Error> {
        let columns = rows.first().map_or(0, |row| row.values.len());
        let mut query = sqlx::query(AssertSqlSafe(statement.clone()));
        for at in 0..columns {
            query = query.bind(rows.iter().map(|row| text(&row.values[at])).collect::<Vec<_>>());
        }
        if method != ExportMethod::Update {
            query.execute(connection).await?;
            return Ok(vec![true; rows.len()]);
        }
        let mut found = vec![false; rows.len()];
        for row in query.fetch_all(connection).await? {
            let number: i64 = sqlx::Row::try_get(&row, 0)?;
            if let Some(found) = usize::try_from(number - 1).ok().and_then(|at| found.get_mut(at)) {
                *found = true;
            }
        }
        Ok(found)
    }

    /// All its texts are for many rows.
    async fn one(
        &self,
        connection: &mut PgConnection,
        statement: &Arc<str>,
        values: &[&Value],
    ) -> Result<u64, sqlx::Error> {
        let mut query = sqlx::query(AssertSqlSafe(statement.clone()));
        for value in values {
            query = query.bind(text(value));
        }
        Ok(query.execute(connection).await?.rows_affected())
    }

    async fn finds(
        &self,
        connection: &mut PgConnection,
        statement: &Arc<str>,
        value: &Value,
    ) -> Result<bool, sqlx::Error> {
        let query = sqlx::query(AssertSqlSafe(statement.clone())).bind(text(value));
        Ok(query.fetch_optional(connection).await?.is_some())
    }
}
