//! The one connection that writes, and what becomes of it.

use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};

use super::bind::Bind;
use super::failure;
use super::file::File;
use super::group::{self, Lost};
use crate::store::StoreError;
use crate::store::writes::{Exclusive, Pen, Write};

/// Writes to the file.
pub(super) struct FilePen {
    /// None after a failure that the connection did not survive, until the next group opens another.
    connection: Option<SqliteConnection>,
    options: SqliteConnectOptions,
    file: Arc<File>,
}

impl FilePen {
    pub(super) fn new(connection: SqliteConnection, options: SqliteConnectOptions, file: Arc<File>) -> Self {
        Self { connection: Some(connection), options, file }
    }

    async fn connected(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.file.intact()?;
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let connection = self.options.connect().await;
                // What is connected to may be another file by now, or there is none.
                self.file.check()?;
                let connection = connection.map_err(failure::general)?;
                self.file.watch_log();
                connection
            }
        };
        Ok(self.connection.insert(connection))
    }

    fn disconnect(&mut self) {
        self.file.forget_log();
        self.connection = None;
    }
}

impl Pen for FilePen {
    type Bind = Bind;
    type Connection = SqliteConnection;

    fn size(bind: &Bind) -> usize {
        bind.size()
    }

    /// SQLite itself waits for other processes, as long as the connection says.
    async fn commit(&mut self, writes: Vec<Write<Bind>>, _wait: Duration) {
        let file = self.file.clone();
        match self.connected().await {
            Ok(connection) => {
                if let Err(Lost) = group::commit(connection, &file, writes).await {
                    self.disconnect();
                }
            }
            Err(error) => {
                for mut write in writes {
                    write.answer(Err(error.clone()));
                }
            }
        }
    }

    async fn exclusive(&mut self, work: Exclusive<SqliteConnection>) {
        let checked = self.file.check();
        let connection = match self.connected().await.and_then(|connection| checked.map(|()| connection)) {
            Ok(connection) => connection,
            Err(error) => return work(Err(error)).await,
        };
        work(Ok(connection)).await;
        // An error may have left a transaction open.
        if let Err(Lost) = group::roll_back(connection).await {
            self.disconnect();
        }
    }

    async fn close(self) {
        self.file.forget_log();
        if let Some(connection) = self.connection
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the database was not closed cleanly");
        }
    }
}
