//! Serving an application until it is told to stop.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::net::TcpListener;

use super::accept::Acceptor;
use super::config::refused;
use super::connections::Connections;
use super::descriptors;
use super::router::Assembled;
use super::signals::{Signals, outlive_limits};
use crate::error::Result;
use crate::route::Routes;

/// Serves routes, or those of an application's attributes, on a listener until SIGTERM, SIGINT or Ctrl-C, lets running requests and jobs finish for
/// `stop_timeout`, hands back the jobs that do not, and closes the application. A second signal ends the process at once, with
/// the exit code 143 or 130; nothing that was acknowledged is lost by that.
///
/// It raises the process's limit of open files to what it may be, and lets the process outlive the signals of limits (SIGXFSZ,
/// SIGXCPU).
///
/// Blocking functions that still run then cannot be stopped: a runtime waits for them when it is dropped. Leave by
/// [`std::process::exit`], or by `Runtime::shutdown_timeout`.
///
/// # Errors
/// As [`Routes::router`]; and where the process may not listen for signals.
pub async fn serve(routes: impl Into<Routes>, listener: TcpListener, stop_timeout: Duration) -> Result<()> {
    served(routes.into(), listener, stop_timeout).await
}

/// In a box, made by a function that is neither async nor generic: so it is compiled here, and not again with each program.
fn served(routes: Routes, listener: TcpListener, stop_timeout: Duration) -> BoxFuture<'static, Result<()>> {
    Box::pin(serve_until_signal(routes, listener, stop_timeout))
}

async fn serve_until_signal(routes: Routes, listener: TcpListener, stop_timeout: Duration) -> Result<()> {
    let address = listener.local_addr()?;
    let routes = routes.prepare().await?;
    let assembled = routes.assemble(Some(address))?;
    let mut signals = Signals::listen()?;
    outlive_limits()?;
    let settings = routes.app().settings();
    let connections = Connections::new(most_connections(settings.max_connections));
    announce(&assembled, address);
    let tells = assembled.tells;
    let mut acceptor = Acceptor::new(assembled.whole(), tells, connections, settings.write_timeout);
    tokio::select! {
        never = acceptor.accept(&listener) => never,
        _ = signals.next() => {}
    }
    tracing::info!("stopping: running requests and jobs finish, no new ones are taken");
    let stopping = async {
        let requests = tokio::time::timeout(stop_timeout, acceptor.finish(listener));
        let (requests, ()) = tokio::join!(requests, routes.app().jobs().stop(stop_timeout));
        if requests.is_err() {
            tracing::warn!("requests still running after {} s are cut off", stop_timeout.as_secs());
        }
        routes.app().close().await;
    };
    tokio::select! {
        () = stopping => Ok(()),
        code = signals.next() => {
            tracing::warn!("a second signal: what still runs is cut off");
            std::process::exit(code)
        }
    }
}

/// How many connections there may be: what is configured, as far as the process may have descriptors for them.
fn most_connections(configured: usize) -> usize {
    let limit = descriptors::raise();
    let most = descriptors::connections(limit);
    if configured > most {
        tracing::warn!(
            "`max_connections` is {configured}, but the process may have {limit} descriptors, which files need too: {most} \
             connections are taken; raise the limit of open files"
        );
    }
    configured.min(most)
}

/// Says on standard output where the service is and what it serves.
fn announce(assembled: &Assembled, address: SocketAddr) {
    let unspecified = address.ip().is_unspecified();
    let shown = if unspecified { format!("localhost:{}", address.port()) } else { address.to_string() };
    let lines = &assembled.lines;
    let mut text = format!("  Bound to {address}\n  Listening on http://{shown}\n  Routes: {}\n", lines.len());
    for (line, at) in lines {
        let place = at.map(|at| format!("  ({at})")).unwrap_or_default();
        // Writing to a `String` does not fail.
        let _ = writeln!(text, "    {line}{place}");
    }
    if !address.ip().is_loopback() {
        tracing::warn!(
            "everybody who reaches {address} can use these routes, since there is no authentication: \
             bind 127.0.0.1 by `--host`, or put a proxy before the service"
        );
    }
    // Who started the service may have closed the pipe; that is no reason to stop.
    drop(std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes()));
}

/// Binds an address; the text of a failure says what to do.
pub(crate) async fn bind(host: &str, port: u16) -> Result<TcpListener> {
    TcpListener::bind((host, port)).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => refused(format!("port {port} is already in use: choose another by `--port`")),
        _ => refused(format!("{host}:{port} cannot be bound: {error}")),
    })
}
