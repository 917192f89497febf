//! How a service of this comparison starts: any free port of the loopback, announced on standard output.

use std::env;
use std::io::{self, Write};

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

/// What stands before the address in the announcement.
pub const ANNOUNCEMENT: &str = "listening on http://";

/// What the driver says: the database, a file or a `postgres://` URL; a folder for files; and how many jobs run at once.
///
/// # Errors
/// When these are not the three arguments.
pub fn arguments() -> io::Result<(String, String, usize)> {
    let mut arguments = env::args().skip(1);
    let jobs = |text: String| text.parse().ok().filter(|jobs| *jobs > 0);
    match (arguments.next(), arguments.next(), arguments.next().and_then(jobs), arguments.next()) {
        (Some(database), Some(folder), Some(jobs), None) => Ok((database, folder, jobs)),
        _ => {
            let text =
                "give three arguments: the database's file or URL, a folder for files, and how many jobs run at once";
            Err(io::Error::new(io::ErrorKind::InvalidInput, text))
        }
    }
}

/// Whether a database is one of a PostgreSQL server.
pub fn is_postgres(database: &str) -> bool {
    database.starts_with("postgres://") || database.starts_with("postgresql://")
}

/// Serves until the process is killed.
///
/// # Errors
/// When no port can be bound or the announcement cannot be written.
pub async fn serve(router: Router) -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let mut out = io::stdout();
    writeln!(out, "{ANNOUNCEMENT}{address}")?;
    out.flush()?;

    // Without it the kernel may hold small answers back for the next acknowledgement.
    let listener = listener.tap_io(|stream| {
        // A stream that is gone already needs no option: the next read of it says so.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router).await
}
