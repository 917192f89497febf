//! The way to one server: making connections, and knowing whether it is there.
//!
//! Whether it is there is what the last attempt to connect came to. While it is away somebody tries again and again, so
//! that the service finds it within half a second of its return, whether anybody asks or not.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _};

use super::failure::{self, Fate};
use crate::store::{Limits, StoreError};

/// How long one attempt to connect may take.
const ATTEMPT: Duration = Duration::from_secs(3);
/// How long attempts are apart, from the first pause to the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(250));
/// Prepared statements that a connection keeps, of which each takes memory of the server.
const KEPT: usize = 256;
/// The first server that can be told to look whether its client is still there while it works.
const WATCHES_CLIENTS: u32 = 140_000;

/// A server.
pub(super) struct Link {
    options: PgConnectOptions,
    address: String,
    wait: Duration,
    opened: Instant,
    /// Since when it is away, in milliseconds after `opened`, from 1; 0 while it is there.
    away: AtomicU64,
    this: Weak<Self>,
}

/// Why there is no connection.
#[derive(Debug)]
struct Refused {
    problem: String,
    /// Whether it may work soon.
    may_pass: bool,
}

/// Without the options, which hold the password.
impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Link {
    /// Does not connect yet.
    pub(super) fn new(options: PgConnectOptions, limits: Limits) -> Arc<Self> {
        let socket = options.get_socket().map(|path| path.display().to_string());
        let address = socket.unwrap_or_else(|| options.get_host().to_owned());
        let address = format!("{address}:{}", options.get_port());
        let options = limited(options, limits).statement_cache_capacity(KEPT).disable_statement_logging();
        let (opened, away) = (Instant::now(), AtomicU64::new(0));
        Arc::new_cyclic(|this| Self { options, address, wait: limits.wait, opened, away, this: this.clone() })
    }

    /// Another way to the same server, which somebody else looks after: whoever waits there does not keep it from being found here.
    pub(super) fn again(&self) -> Arc<Self> {
        let (options, address, wait) = (self.options.clone(), self.address.clone(), self.wait);
        let (opened, away) = (Instant::now(), AtomicU64::new(0));
        Arc::new_cyclic(|this| Self { options, address, wait, opened, away, this: this.clone() })
    }

    /// The first connection of all.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`], at once when waiting would not help.
    pub(super) async fn open(&self) -> Result<PgConnection, StoreError> {
        self.try_until(Instant::now() + self.wait)
            .await
            .map_err(|refused| StoreError::Unreachable { address: self.address.clone(), problem: refused.problem })
    }

    /// Connects, as often as it takes until `until`. Does not even try when the server has been away for longer than
    /// anybody would wait: whoever looks for it will find it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; the log has the reason.
    pub(super) async fn connect(&self, until: Instant) -> Result<PgConnection, StoreError> {
        let since = self.away.load(Ordering::Relaxed);
        if since != 0 && self.now().saturating_sub(since) > self.wait.as_millis() as u64 {
            return Err(StoreError::Unavailable);
        }
        self.try_until(until).await.map_err(|_| StoreError::Unavailable)
    }

    /// Connects if the server is there and accepts it now.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; the log has the reason.
    pub(super) async fn try_connect(&self) -> Result<PgConnection, StoreError> {
        if self.is_away() {
            return Err(StoreError::Unavailable);
        }
        self.attempt(ATTEMPT).await.map_err(|_| StoreError::Unavailable)
    }

    /// Whether the last attempt to connect failed.
    pub(super) fn is_away(&self) -> bool {
        self.away.load(Ordering::Relaxed) != 0
    }

    async fn try_until(&self, until: Instant) -> Result<PgConnection, Refused> {
        let (mut pause, longest) = PAUSES;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.attempt(left.clamp(PAUSES.1, ATTEMPT)).await {
                Ok(connection) => return Ok(connection),
                Err(refused) if !refused.may_pass || left <= pause => return Err(refused),
                Err(_) => tokio::time::sleep(pause).await,
            }
            pause = (pause * 2).min(longest);
        }
    }

    /// Tries once, and keeps in mind what it came to.
    async fn attempt(&self, patience: Duration) -> Result<PgConnection, Refused> {
        let connecting = async {
            let mut connection = self.options.connect().await?;
            watch_client(&mut connection).await.map(|()| connection)
        };
        let refused = match tokio::time::timeout(patience, connecting).await {
            Ok(Ok(connection)) => {
                self.back();
                return Ok(connection);
            }
            Ok(Err(error)) => Refused { problem: failure::problem(&error), may_pass: failure::may_pass(&error) },
            Err(_) => Refused { problem: "it does not answer".to_owned(), may_pass: true },
        };
        self.lost(&refused);
        Err(refused)
    }

    fn now(&self) -> u64 {
        self.opened.elapsed().as_millis() as u64
    }

    fn lost(&self, refused: &Refused) {
        let now = self.now().max(1);
        if self.away.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            tracing::error!(address = self.address, problem = refused.problem, "the database cannot be reached");
            tokio::spawn(look_for(self.this.clone()));
        }
    }

    fn back(&self) {
        let since = self.away.swap(0, Ordering::Relaxed);
        if since != 0 {
            let seconds = self.now().saturating_sub(since) as f64 / 1000.0;
            tracing::info!(address = self.address, seconds, "the database is back");
        }
    }
}

/// Tries to connect until it works, or until nobody has the link any more.
async fn look_for(link: Weak<Link>) {
    loop {
        tokio::time::sleep(PAUSES.1).await;
        let Some(link) = link.upgrade().filter(|link| link.is_away()) else { return };
        if let Ok(connection) = link.attempt(ATTEMPT).await {
            // It may as well be dropped.
            let _ = connection.close().await;
        }
    }
}

/// What a connection may not do for longer. What the URL says counts more.
fn limited(options: PgConnectOptions, limits: Limits) -> PgConnectOptions {
    let said = options.get_options().unwrap_or_default().to_owned();
    let milliseconds = |duration: Duration| duration.as_millis().max(1).to_string();
    // A write asks for the table's version in the catalog, and has to see the answer of the moment at which it could lock the
    // table: a server may have another default.
    let options = options.options([("default_transaction_isolation", "read committed")]);
    let ours = [
        ("statement_timeout", milliseconds(limits.statement)),
        // A row or a table that somebody else holds, so that a group is not held up by one of its rows.
        ("lock_timeout", milliseconds(limits.wait / 5)),
        // A node that hangs keeps no rows locked.
        ("idle_in_transaction_session_timeout", milliseconds(limits.wait * 2)),
    ];
    options.options(ours.into_iter().filter(|(name, _)| !said.contains(name)))
}

/// Lets the server end what it does for a client that has gone. A scan that finds nothing would never notice.
async fn watch_client(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    if connection.server_version_num() < Some(WATCHES_CLIENTS) {
        return Ok(());
    }
    match sqlx::raw_sql("SET client_connection_check_interval = '1s'").execute(connection).await {
        // A server on a system that cannot do it refuses, and goes on as before.
        Err(error) if failure::fate(&error) != Fate::Refused => Err(error),
        _ => Ok(()),
    }
}
