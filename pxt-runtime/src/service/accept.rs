//! Taking connections, and serving what comes by them.

use std::io;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use super::activity::watched;
use super::client::Client;
use super::connections::{Connections, Place};
use crate::error::is_out_of_descriptors;
use crate::route::ReachedAt;
use crate::wire;

/// How long a client may take over a request's head, and leave a connection idle. `axum::serve` has no such limit.
const HEAD: Duration = Duration::from_secs(30);

/// The most bytes of a head, which is in memory until it is whole.
const HEAD_BYTES: usize = 64 << 10;

/// How long what has come before the stop has to be read. A connection that was not read from is closed at the stop, and its
/// client's request with it.
const LAST: Duration = Duration::from_millis(50);

/// The pause after connections could not be accepted, and how often that is logged.
const PAUSE: Duration = Duration::from_millis(100);
const LOGGED: Duration = Duration::from_secs(60);

/// Who takes connections and serves them.
pub(super) struct Acceptor {
    router: Router,
    /// Whether requests are told where they arrived.
    tells: bool,
    write_timeout: Duration,
    http: http1::Builder,
    connections: Connections,
    graceful: GracefulShutdown,
    /// Accepted, and without a place yet.
    waiting: Option<TcpStream>,
    logged: Option<Instant>,
}

impl Acceptor {
    pub(super) fn new(router: Router, tells: bool, connections: Connections, write_timeout: Duration) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(HEAD_BYTES);
        let graceful = GracefulShutdown::new();
        Self { router, tells, write_timeout, http, connections, graceful, waiting: None, logged: None }
    }

    /// Takes connections and serves them, for ever. May be dropped at any time: none is lost by it.
    pub(super) async fn accept(&mut self, listener: &TcpListener) -> ! {
        loop {
            if self.waiting.is_some() {
                let place = self.connections.place().await;
                if let Some(stream) = self.waiting.take() {
                    self.serve(stream, place);
                }
            }
            match listener.accept().await {
                Ok((stream, _)) => self.waiting = Some(stream),
                Err(error) => self.not_accepted(&error).await,
            }
        }
    }

    /// Takes what has come by now, and lets what is there go on to the end of its request.
    pub(super) async fn finish(mut self, listener: TcpListener) {
        if let Err(error) = self.accept_rest(listener) {
            tracing::debug!(%error, "connections that came last cannot be accepted");
        }
        tokio::time::sleep(LAST).await;
        self.graceful.shutdown().await;
    }

    /// What waits to be accepted, without waiting for more, as far as there are places.
    fn accept_rest(&mut self, listener: TcpListener) -> io::Result<()> {
        let listener = listener.into_std()?;
        while let Some(place) = self.connections.free() {
            let stream = match self.waiting.take() {
                Some(stream) => stream,
                None => match listener.accept() {
                    Ok((stream, _)) => {
                        stream.set_nonblocking(true)?;
                        TcpStream::from_std(stream)?
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                    Err(error) if has_left(&error) => continue,
                    Err(error) => return Err(error),
                },
            };
            self.serve(stream, place);
        }
        Ok(())
    }

    /// Serves a connection in a task of its own.
    fn serve(&self, stream: TcpStream, place: Place) {
        without_delay(&stream);
        let reached = stream.local_addr().ok().filter(|_| self.tells).map(ReachedAt);
        self.connections.run(place, |activity| {
            let (router, seen) = (self.router.clone(), activity.clone());
            let service = service_fn(move |request: Request<Incoming>| {
                let (parts, body) = request.into_parts();
                let (body, answered) = watched(body, seen.clone());
                let mut request = Request::from_parts(parts, body);
                if let Some(reached) = reached {
                    request.extensions_mut().insert(reached);
                }
                let answer = wire::take(router.clone(), request);
                async move { answer.await.map(|answer| answer.map(answered)) }
            });
            let client = Client::new(stream, activity, self.write_timeout);
            let connection = self.graceful.watch(self.http.serve_connection(TokioIo::new(client), service));
            async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "a connection broke off");
                }
            }
        });
    }

    /// A client that left before it was accepted is nothing. A process without free descriptors gets some by waiting, and by
    /// closing what stands still.
    async fn not_accepted(&mut self, error: &io::Error) {
        if has_left(error) {
            return;
        }
        if self.logged.is_none_or(|at| at.elapsed() > LOGGED) {
            self.logged = Some(Instant::now());
            tracing::error!(%error, "connections cannot be accepted at the moment");
        }
        if is_out_of_descriptors(error) {
            self.connections.close_longest();
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn has_left(error: &io::Error) -> bool {
    use io::ErrorKind;
    matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}

/// Small answers do not wait for the acknowledgement of earlier ones.
fn without_delay(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY");
    }
}
