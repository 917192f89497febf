//! The connection that writes: made while others start too, and found out at once when it cannot write.

use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::failure;
use crate::store::StoreError;

/// Connects, and makes sure that the database can be written. The switch to a write-ahead log does not wait for others by itself, so that processes which start together
/// on a new file take turns here.
pub(super) async fn writer(
    options: &SqliteConnectOptions,
    path: &Path,
    wait: Duration,
) -> Result<SqliteConnection, StoreError> {
    let started = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        match options.connect().await {
            Ok(mut connection) => return try_to_write(&mut connection, path).await.map(|()| connection),
            Err(error) if failure::busy(&error) && started.elapsed() < wait => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_millis(50));
            }
            Err(error) => return Err(failure::opening(error, path)),
        }
    }
}

/// Writes, and takes it back before it comes to the disk: what may only be read is opened by SQLite without a word, and
/// even lets a transaction for writing begin.
async fn try_to_write(connection: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    match sqlx::raw_sql("BEGIN IMMEDIATE; PRAGMA user_version = 0; ROLLBACK").execute(connection).await {
        Ok(_) => Ok(()),
        // Somebody else writes, so that it can be done.
        Err(error) if failure::busy(&error) => Ok(()),
        Err(error) => Err(failure::opening(error, path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_database_that_can_only_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pxt.db");
        let wait = Duration::from_secs(5);
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        drop(writer(&options, &path, wait).await.unwrap());
        // What SQLite does by itself with a file that may not be written.
        let error = writer(&options.create_if_missing(false).read_only(true), &path, wait).await.unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, StoreError::NotWritable { .. }), "{error:?}");
        assert_eq!(text.matches("readonly database").count(), 1, "{text}");
        assert!(text.starts_with(&format!("the database `{}` is not writable: ", path.display())), "{text}");
        assert!(std::error::Error::source(&error).is_none(), "the text says it all");
    }
}
