//! Looking at a file without a change of it: a start switches it to a write-ahead log, and makes that.

use std::fs::OpenOptions;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use super::file::log_of;
use super::{adopt, failure, location, migrate};
use crate::schema::TableDef;
use crate::store::look::Look;
use crate::store::plan::{self, Adoption};
use crate::store::sql::Dialect;
use crate::store::{StoreError, can_be_made};

/// Looks at a file that is there, as it would be once tables are adopted.
pub(in crate::store) async fn look(
    url: &str,
    wait: Duration,
    tables: &[&'static TableDef],
) -> Result<Look, StoreError> {
    let path = location::path(url)?;
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .read_only(true)
        .immutable(is_at_rest(&path))
        .busy_timeout(wait)
        .disable_statement_logging();
    let opening = |error| failure::opening(error, &path);
    let mut connection = options.connect().await.map_err(opening)?;
    let snapshot = migrate::snapshot(&mut connection).await.map_err(opening)?;
    let adoptions = plan::judge(tables, &snapshot, Dialect::Sqlite).map_err(StoreError::Drift)?;
    let mut refused = Vec::new();
    for adoption in &adoptions {
        refused.append(&mut adopt::unreadable(&mut connection, adoption).await?);
    }
    connection.close().await.map_err(failure::general)?;
    if !refused.is_empty() {
        return Err(StoreError::Drift(refused));
    }
    Ok(Look::new(snapshot, adoptions.into_iter().map(|Adoption { def, definition }| (def, definition))))
}

/// Whether a file that a start would write to may be written, or made. Nothing is.
pub(in crate::store) fn writable(url: &str) -> Result<(), StoreError> {
    let path = location::path(url)?;
    if !path.exists() {
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        return can_be_made(&folder).map_err(|error| StoreError::Folder { path: folder, source: Arc::new(error) });
    }
    match OpenOptions::new().write(true).open(&path) {
        Ok(_) => Ok(()),
        Err(error) => Err(StoreError::NotWritable { path, problem: error.to_string() }),
    }
}

/// Whether a file with a write-ahead log lies there without it, so that nobody has it open. SQLite would make the log to read the
/// file, and a reader does not take it away again.
fn is_at_rest(path: &Path) -> bool {
    let mut header = [0; 20];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut header));
    // The versions of the format for writing and reading.
    read.is_ok() && header[18..] == [2, 2] && !log_of(path).exists()
}
