//! Serving an application until it is told to stop.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

use super::config::refused;
use super::router::Assembled;
use crate::error::Result;
use crate::route::{ReachedAt, Routes};

/// How long a client may take over a request's head, and leave a connection idle. `axum::serve` has no such limit.
const HEAD: Duration = Duration::from_secs(30);

/// Serves routes, or those of an application's attributes, on a listener until SIGTERM, SIGINT or Ctrl-C, lets running requests and jobs finish for
/// `stop_timeout`, hands back the jobs that do not, and closes the application.
///
/// Blocking functions that still run then cannot be stopped: a runtime waits for them when it is dropped. Leave by
/// [`std::process::exit`], or by `Runtime::shutdown_timeout`.
///
/// # Errors
/// As [`Routes::router`]; and where the process may not listen for signals.
pub async fn serve(routes: impl Into<Routes>, listener: TcpListener, stop_timeout: Duration) -> Result<()> {
    let routes = routes.into();
    let assembled = routes.assemble()?;
    let stop = signalled()?;
    announce(&assembled, listener.local_addr()?);
    let tells = assembled.jobs;
    let connections = accept(&assembled.whole(), tells, listener, stop).await;
    tracing::info!("stopping: running requests and jobs finish, no new ones are taken");
    let requests = tokio::time::timeout(stop_timeout, connections.shutdown());
    let (requests, ()) = tokio::join!(requests, routes.app().jobs().stop(stop_timeout));
    if requests.is_err() {
        tracing::warn!("requests still running after {} s are cut off", stop_timeout.as_secs());
    }
    routes.app().close().await;
    Ok(())
}

/// Serves connections until `stop`; those that are there then go on. Requests are
/// told where they arrived if `tells`; only addresses of jobs are made of it.
async fn accept(
    router: &Router,
    tells: bool,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) -> GracefulShutdown {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let connections = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    not_accepted(&error).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        without_delay(&stream);
        let (router, reached) = (router.clone(), stream.local_addr().ok().filter(|_| tells).map(ReachedAt));
        let service = service_fn(move |mut request: Request<Incoming>| {
            if let Some(reached) = reached {
                request.extensions_mut().insert(reached);
            }
            router.clone().oneshot(request)
        });
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke off");
            }
        });
    }
    connections
}

/// A client that left before it was accepted is nothing; a process without free descriptors gets some by waiting.
async fn not_accepted(error: &std::io::Error) {
    use std::io::ErrorKind;
    if !matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
    {
        tracing::error!(%error, "connections cannot be accepted");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Small answers do not wait for the acknowledgement of earlier ones.
fn without_delay(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY");
    }
}

/// What ends the service: SIGTERM, SIGINT or Ctrl-C. Listened for from here on, not only once the future is polled: before
/// that, the signal's own effect is to kill the process, and the requests that it has taken.
fn signalled() -> Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let (mut interrupt, mut terminate) = {
        use tokio::signal::unix::{SignalKind, signal};
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    #[cfg(windows)]
    let (mut interrupt, mut terminate) = (tokio::signal::windows::ctrl_c()?, tokio::signal::windows::ctrl_close()?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
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
