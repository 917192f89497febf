//! Opening a file without a change of it: a start switches it to a write-ahead log, and makes that.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

/// How to open a file that is there, with its log at `log`, to look at it alone.
pub(super) fn options(path: &Path, log: &Path, wait: Duration) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .immutable(is_at_rest(path, log))
        .busy_timeout(wait)
        .disable_statement_logging()
}

/// Whether a file with a write-ahead log lies there without it, so that nobody has it open. SQLite would make the log to read the
/// file, and a reader does not take it away again.
fn is_at_rest(path: &Path, log: &Path) -> bool {
    let mut header = [0; 20];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut header));
    // The versions of the format for writing and reading.
    read.is_ok() && header[18..] == [2, 2] && !log.exists()
}
