//! Serving an application until it is told to stop.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::Serialize;
use tokio::net::TcpListener;

use super::accept::Acceptor;
use super::connections::Connections;
use super::descriptors;
use super::signals::{INTERRUPTED, Signals, outlive_limits};
use crate::error::Result;
use crate::route::Routes;
use crate::schema::At;

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
    let announce = Box::new(|announced: &Announced| announced.print(false, None));
    serve_announced(routes.into(), listener, stop_timeout, announce).await.map(drop)
}

/// How a command that serves has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It was done, or told to stop by SIGTERM.
    Done,
    /// It was interrupted: SIGINT, or Ctrl-C.
    Interrupted,
}

/// What is done when a service listens.
pub(crate) type Announce = Box<dyn FnOnce(&Announced) + Send>;

/// Serves, and says so in another way. In a box, made by a function that is neither async nor generic: so it is compiled here, and
/// not again with each program.
pub(crate) fn serve_announced(
    routes: Routes,
    listener: TcpListener,
    stop_timeout: Duration,
    announce: Announce,
) -> BoxFuture<'static, Result<Ended>> {
    Box::pin(serve_until_signal(routes, listener, stop_timeout, announce))
}

async fn serve_until_signal(
    routes: Routes,
    listener: TcpListener,
    stop_timeout: Duration,
    announce: Announce,
) -> Result<Ended> {
    let address = listener.local_addr()?;
    let assembled = routes.assemble(Some(address))?;
    let mut signals = Signals::listen()?;
    outlive_limits()?;
    let settings = routes.app().settings();
    let connections = Connections::new(most_connections(settings.max_connections));
    let docs = routes.docs && cfg!(feature = "docs");
    announce(&Announced { address, lines: assembled.lines.clone(), docs });
    warn_of_strangers(address);
    let tells = assembled.tells;
    let mut acceptor = Acceptor::new(assembled.whole(), tells, connections, settings.write_timeout);
    let signal = tokio::select! {
        never = acceptor.accept(&listener) => never,
        signal = signals.next() => signal,
    };
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
        () = stopping => Ok(if signal == INTERRUPTED { Ended::Interrupted } else { Ended::Done }),
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

/// A service that listens.
pub(crate) struct Announced {
    pub(crate) address: SocketAddr,
    /// Each route, and where its function stands.
    pub(crate) lines: Vec<(String, Option<At>)>,
    /// Whether there is a page at `/docs`.
    pub(crate) docs: bool,
}

impl Announced {
    /// Says on standard output where the service is and what it serves: in lines, or as JSON.
    pub(crate) fn print(&self, json: bool, name: Option<&str>) {
        let text = if json { format!("{}\n", self.json()) } else { self.text(name) };
        // Who started the service may have closed the pipe; that is no reason to stop.
        drop(std::io::stdout().write_all(text.as_bytes()));
    }

    fn text(&self, name: Option<&str>) -> String {
        let url = url(self.address);
        let begin = name.map(|name| format!("Starting pxt service: {name}\n")).unwrap_or_default();
        let docs = if self.docs { format!("  API docs at {url}/docs\n") } else { String::new() };
        let mut text =
            format!("{begin}  Bound to {}\n  Listening on {url}\n{docs}  Routes: {}\n", self.address, self.lines.len());
        for (line, at) in &self.lines {
            let place = at.map(|at| format!("  ({at})")).unwrap_or_default();
            // Writing to a `String` does not fail.
            let _ = writeln!(text, "    {line}{place}");
        }
        text
    }

    fn json(&self) -> String {
        let url = url(self.address);
        let started = Started {
            status: "starting",
            host: self.address.ip(),
            port: self.address.port(),
            docs_url: self.docs.then(|| format!("{url}/docs")),
            url,
            routes: self.lines.len(),
        };
        serde_json::to_string(&started).expect("texts and numbers always serialize")
    }
}

/// A service that listens, for programs that start one.
#[derive(Serialize)]
struct Started {
    status: &'static str,
    host: IpAddr,
    port: u16,
    url: String,
    docs_url: Option<String>,
    routes: usize,
}

/// The address as a client on this machine writes it.
fn url(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        return format!("http://localhost:{}", address.port());
    }
    format!("http://{address}")
}

/// Says once who can use a service that has no authentication.
fn warn_of_strangers(address: SocketAddr) {
    if !address.ip().is_loopback() {
        tracing::warn!(
            "everybody who reaches {address} can use these routes, since there is no authentication: \
             bind 127.0.0.1 by `--host`, or put a proxy before the service"
        );
    }
}

/// Binds an address.
pub(crate) async fn bind(host: &str, port: u16) -> std::io::Result<TcpListener> {
    // An address in brackets is one of IPv6, as in a URL.
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    TcpListener::bind((host, port)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(address: &str, docs: bool) -> Announced {
        let at = At { file: "src/queries.rs", line: 7 };
        let lines = vec![("POST /generate".to_owned(), None), ("POST /search".to_owned(), Some(at))];
        Announced { address: address.parse().unwrap(), lines, docs }
    }

    #[test]
    fn addresses_as_clients_write_them() {
        let of = |address: &str| url(address.parse().unwrap());
        assert_eq!(of("0.0.0.0:8000"), "http://localhost:8000");
        assert_eq!(of("[::]:8000"), "http://localhost:8000");
        assert_eq!(of("127.0.0.1:9000"), "http://127.0.0.1:9000");
        assert_eq!(of("[::1]:8000"), "http://[::1]:8000");
        assert_eq!(of("[2001:db8::7]:80"), "http://[2001:db8::7]:80");
    }

    #[test]
    fn a_start_in_lines() {
        let text = announced("0.0.0.0:8000", true).text(Some("my-service"));
        let wanted = [
            "Starting pxt service: my-service",
            "  Bound to 0.0.0.0:8000",
            "  Listening on http://localhost:8000",
            "  API docs at http://localhost:8000/docs",
            "  Routes: 2",
            "    POST /generate",
            "    POST /search  (src/queries.rs:7)",
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), wanted);
        let text = announced("[::1]:8000", false).text(None);
        assert!(text.starts_with("  Bound to [::1]:8000\n  Listening on http://[::1]:8000\n  Routes: 2\n"), "{text}");
    }

    #[test]
    fn a_start_as_json() {
        let page = r#"{"status":"starting","host":"0.0.0.0","port":8000,"url":"http://localhost:8000","docs_url":"http://localhost:8000/docs","routes":2}"#;
        assert_eq!(announced("0.0.0.0:8000", true).json(), page);
        let text = announced("[::1]:8000", false).json();
        assert!(text.contains(r#""host":"::1","port":8000,"url":"http://[::1]:8000","docs_url":null"#), "{text}");
    }
}
