//! Reads the rows of several keys by one statement, on a connection of its own.

use std::sync::Arc;

use futures_util::TryStreamExt as _;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteConnection};
use sqlx::{Arguments as _, AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};

use super::bind::{self, Bind};
use super::failure;
use super::file::File;
use crate::store::StoreError;
use crate::store::lookups::{self, Found};
use crate::store::statements::TableStatements;
use crate::store::stored;

/// One lane's connection.
#[derive(Debug)]
pub(super) struct Finder {
    options: SqliteConnectOptions,
    file: Arc<File>,
    /// None before the first lookup, and after a failure.
    connection: Option<SqliteConnection>,
}

impl Finder {
    pub(super) fn new(options: SqliteConnectOptions, file: Arc<File>) -> Self {
        Self { options, file, connection: None }
    }

    async fn read(
        &mut self,
        table: &TableStatements,
        keys: &[Vec<Bind>],
        found: &mut (impl FnMut(usize, Result<Found, StoreError>) + Send),
    ) -> Result<(), sqlx::Error> {
        let (statement, size) = table.find(keys.len());
        let mut arguments = SqliteArguments::default();
        arguments.reserve(size * (keys[0].len() + 1), 0);
        // The last key stands in for those that are missing.
        for (position, key) in (0..size).map(|position| position.min(keys.len() - 1)).map(|at| (at, &keys[at])) {
            if size > 1 {
                arguments.add(position as i64).map_err(sqlx::Error::Encode)?;
            }
            for bind in key {
                arguments.add(bind).map_err(sqlx::Error::Encode)?;
            }
        }
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        let connection = self.connection.insert(connection);
        let mut rows = sqlx::query_with(AssertSqlSafe(statement), arguments).fetch(connection);
        while let Some(row) = rows.try_next().await? {
            let def = table.def();
            let position = if size > 1 { row.try_get::<i64, _>(def.columns.len() + 1)? } else { 0 };
            found(position as usize, stored::found(def, |ty, position| bind::read(ty, &row, position)));
        }
        Ok(())
    }
}

impl lookups::Finder for Finder {
    type Bind = Bind;

    async fn find(
        &mut self,
        table: &TableStatements,
        keys: &[Vec<Bind>],
        mut found: impl FnMut(usize, Result<Found, StoreError>) + Send,
    ) -> Result<(), StoreError> {
        self.file.intact()?;
        match self.read(table, keys, &mut found).await {
            Ok(()) => Ok(()),
            Err(error) => {
                self.connection = None;
                self.file.check()?;
                Err(failure::of_table(error, table.def()))
            }
        }
    }

    async fn close(self) {
        if let Some(connection) = self.connection
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "a connection that reads was not closed cleanly");
        }
    }
}
