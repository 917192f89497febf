//! How a service of this comparison starts: any free port of the loopback, announced on standard output.

use std::env;
use std::io::{self, Write};

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

/// What stands before the address in the announcement.
pub const ANNOUNCEMENT: &str = "listening on http://";

/// The database that the driver names as the only argument: a file, or a `postgres://` URL.
///
/// # Errors
/// When there is no argument, or more than one.
pub fn database() -> io::Result<String> {
    let mut arguments = env::args().skip(1);
    match (arguments.next(), arguments.next()) {
        (Some(database), None) => Ok(database),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "give one argument: the database's file or URL")),
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
