//! How a service of this comparison starts: any free port of the loopback, announced on standard output.

use std::env;
use std::io::{self, Write};
use std::path::PathBuf;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

/// What stands before the address in the announcement.
pub const ANNOUNCEMENT: &str = "listening on http://";

/// The database file that the driver names as the only argument.
///
/// # Errors
/// When there is no argument, or more than one.
pub fn database() -> io::Result<PathBuf> {
    let mut arguments = env::args_os().skip(1);
    match (arguments.next(), arguments.next()) {
        (Some(path), None) => Ok(PathBuf::from(path)),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "give one argument: the path of the database file")),
    }
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
