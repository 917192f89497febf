//! One of the connections that write, and what becomes of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

use super::bind::Bind;
use super::link::Link;
use super::{control, group};
use crate::store::writes::{Exclusive, Pen, Write};
use crate::store::{Limits, StoreError};

/// How long a connection may have been idle without being asked whether it is still there. After a restart of the server
/// this spares callers the doubt whether a row was stored.
const IDLE: Duration = Duration::from_secs(1);

/// Writes to the server.
pub(super) struct ServerPen {
    link: Arc<Link>,
    /// None before the first group, and after a failure that the connection did not survive.
    connection: Option<PgConnection>,
    used: Instant,
    limits: Limits,
}

impl ServerPen {
    pub(super) fn new(link: Arc<Link>, connection: Option<PgConnection>, limits: Limits) -> Self {
        Self { link, connection, used: Instant::now(), limits }
    }

    /// The connection, or a new one, for which it waits until `until`.
    pub(super) async fn connected(&mut self, until: Instant) -> Result<&mut PgConnection, StoreError> {
        let idle = self.used.elapsed() > IDLE;
        self.used = Instant::now();
        let connection = match self.connection.take() {
            Some(mut connection) if idle => match tokio::time::timeout(IDLE, connection.ping()).await {
                Ok(Ok(())) => connection,
                Ok(Err(_)) | Err(_) => self.link.connect(until).await?,
            },
            Some(connection) => connection,
            None => self.link.connect(until).await?,
        };
        Ok(self.connection.insert(connection))
    }

    /// Takes back what a transaction did. A connection that cannot even do that is given up.
    pub(super) async fn roll_back(&mut self) {
        if let Some(mut connection) = self.connection.take()
            && let Ok(Ok(())) = tokio::time::timeout(self.limits.patience(), control(&mut connection, "ROLLBACK")).await
        {
            self.connection = Some(connection);
        }
        self.used = Instant::now();
    }

    /// Gives the connection up.
    pub(super) fn lose(&mut self) {
        self.connection = None;
    }

    /// How long the server may take for one group.
    pub(super) fn patience(&self) -> Duration {
        self.limits.patience()
    }
}

impl Pen for ServerPen {
    type Bind = Bind;
    type Connection = PgConnection;

    fn size(bind: &Bind) -> usize {
        bind.size()
    }

    async fn commit(&mut self, writes: Vec<Write<Bind>>, wait: Duration) {
        group::commit(self, writes, wait).await;
        self.used = Instant::now();
    }

    async fn exclusive(&mut self, work: Exclusive<PgConnection>) {
        match self.connected(Instant::now() + self.limits.wait).await {
            Ok(connection) => work(Ok(connection)).await,
            Err(error) => return work(Err(error)).await,
        }
        // An error may have left a transaction open. Outside of one, the server only warns.
        self.roll_back().await;
    }

    async fn close(self) {
        if let Some(connection) = self.connection {
            // The server notices by itself if this fails.
            let _ = connection.close().await;
        }
    }
}
