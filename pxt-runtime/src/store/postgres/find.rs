//! Reads the rows of several keys by one statement, on a connection of its own.

use std::sync::Arc;
use std::time::Instant;

use futures_util::TryStreamExt as _;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _};

use super::bind::{self, Bind};
use super::failure::{self, Fate};
use super::link::Link;
use crate::schema::ColumnType;
use crate::store::fetch::Failed;
use crate::store::lookups::{Finder, Found};
use crate::store::statements::TableStatements;
use crate::store::stored;
use crate::store::{Limits, StoreError};
use crate::value::Value;

/// One lane's connection: to the replica, or to the server that writes while there is none.
#[derive(Debug)]
pub(super) struct ServerFinder {
    primary: Arc<Link>,
    replica: Option<Arc<Link>>,
    /// None before the first lookup, and after a failure.
    connection: Option<PgConnection>,
    /// Whether it leads to the replica.
    replicated: bool,
    limits: Limits,
}

impl ServerFinder {
    pub(super) fn new(primary: Arc<Link>, replica: Option<Arc<Link>>, limits: Limits) -> Self {
        Self { primary, replica, connection: None, replicated: false, limits }
    }

    async fn connected(&mut self, until: Instant) -> Result<&mut PgConnection, StoreError> {
        let replica = self.replica.as_ref().filter(|link| !link.is_away());
        let connection = match self.connection.take().filter(|_| self.replicated == replica.is_some()) {
            Some(connection) => connection,
            None => match replica {
                Some(replica) => match replica.try_connect().await {
                    Ok(connection) => {
                        self.replicated = true;
                        connection
                    }
                    Err(_) => self.primary(until).await?,
                },
                None => self.primary(until).await?,
            },
        };
        Ok(self.connection.insert(connection))
    }

    async fn primary(&mut self, until: Instant) -> Result<PgConnection, StoreError> {
        self.replicated = false;
        self.primary.connect(until).await
    }

    async fn read(
        &mut self,
        table: &TableStatements,
        keys: &[Vec<Bind>],
        until: Instant,
        found: &mut (impl FnMut(usize, Result<Found, StoreError>) + Send),
    ) -> Result<(), Failed> {
        let (statement, size) = table.find(keys.len());
        let numbers: Vec<Bind> = (0..keys.len() as i64).map(Bind::Int).collect();
        // The last key stands in for those that are missing.
        let places = (0..size).map(|position| position.min(keys.len() - 1));
        let binds = places.flat_map(|place| numbers[place..].iter().take(usize::from(size > 1)).chain(&keys[place]));
        let arguments = bind::arguments(binds)?;
        let connection = self.connected(until).await.map_err(Failed::Store)?;
        let mut rows = sqlx::query_with(AssertSqlSafe(statement), arguments).fetch(connection);
        let def = table.def();
        while let Some(row) = rows.try_next().await? {
            let position = match size {
                1 => 0,
                _ => match bind::read(ColumnType::Int, &row, def.columns.len() + 1) {
                    Some(Value::Int(position)) => position as usize,
                    _ => continue,
                },
            };
            found(position, stored::found(def, |ty, position| bind::read(ty, &row, position)));
        }
        Ok(())
    }
}

impl Finder for ServerFinder {
    type Bind = Bind;

    /// Reads again on another connection when one is lost: to read twice harms nobody.
    async fn find(
        &mut self,
        table: &TableStatements,
        keys: &[Vec<Bind>],
        mut found: impl FnMut(usize, Result<Found, StoreError>) + Send,
    ) -> Result<(), StoreError> {
        let until = Instant::now() + self.limits.wait;
        loop {
            let patience = self.limits.patience();
            let Ok(done) = tokio::time::timeout(patience, self.read(table, keys, until, &mut found)).await else {
                self.connection = None;
                return Err(StoreError::Busy);
            };
            let Err(failed) = done else { return Ok(()) };
            if let Failed::Database(error) = &failed
                && failure::fate(error) != Fate::Refused
            {
                self.connection = None;
                if Instant::now() < until {
                    continue;
                }
            }
            return Err(failed.told(|error| failure::of_table(error, table.def())));
        }
    }

    async fn close(self) {
        if let Some(connection) = self.connection {
            // The server notices by itself if this fails.
            let _ = connection.close().await;
        }
    }
}
