//! Lookups by key that come at the same moment are asked as one.
//!
//! Most of a lookup's price is the way to a connection's thread and back. A lane has a connection for itself; what arrives
//! while it reads waits, and goes together in its next statement. A lookup that comes alone goes alone, at once.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::statements::TableStatements;
use super::{Limits, StoreError};
use crate::value::Row;

/// The most keys of one statement.
pub(super) const KEYS: usize = 32;
/// Lookups that wait for one lane.
const QUEUE: usize = 1024;

/// The declared columns of a row, and its version.
pub(super) type Found = (Row, i64);

/// What a lane asks the database by.
pub(super) trait Finder: Send + 'static {
    /// A value as the database takes it.
    type Bind: Send + 'static;

    /// Reads the rows with these keys, of which there are up to [`KEYS`], and tells `found` of each by the position of its key, maybe more
    /// than once.
    fn find(
        &mut self,
        table: &TableStatements,
        keys: &[Vec<Self::Bind>],
        found: impl FnMut(usize, Result<Found, StoreError>) + Send,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Gives the connection up.
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// The callers' end of all lanes.
#[derive(Debug)]
pub(super) struct Lookups<B> {
    lanes: Box<[mpsc::Sender<Request<B>>]>,
    next: AtomicUsize,
    wait: Duration,
}

#[derive(Debug)]
enum Request<B> {
    Find(Lookup<B>),
    Close(oneshot::Sender<()>),
}

#[derive(Debug)]
struct Lookup<B> {
    table: Arc<TableStatements>,
    key: Vec<B>,
    /// When it was asked for.
    at: Instant,
    reply: oneshot::Sender<Result<Option<Found>, StoreError>>,
}

impl<B: Send + 'static> Lookups<B> {
    /// Starts a lane for each finder. They end when this is dropped, or by [`close`](Self::close).
    pub(super) fn start<F: Finder<Bind = B>>(finders: impl IntoIterator<Item = F>, limits: Limits) -> Self {
        let lane = |finder| {
            let (requests, receiver) = mpsc::channel(QUEUE);
            tokio::spawn(run(finder, receiver, limits.wait));
            requests
        };
        Self { lanes: finders.into_iter().map(lane).collect(), next: AtomicUsize::new(0), wait: limits.wait }
    }

    /// The row with this key.
    pub(super) async fn find(&self, table: &Arc<TableStatements>, key: Vec<B>) -> Result<Option<Found>, StoreError> {
        let (reply, answer) = oneshot::channel();
        let lane = &self.lanes[self.next.fetch_add(1, Ordering::Relaxed) % self.lanes.len()];
        match lane.try_send(Request::Find(Lookup { table: table.clone(), key, at: Instant::now(), reply })) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(StoreError::Closed),
            Err(mpsc::error::TrySendError::Full(request)) => match lane.send_timeout(request, self.wait).await {
                Ok(()) => {}
                Err(mpsc::error::SendTimeoutError::Timeout(_)) => return Err(StoreError::Busy),
                Err(mpsc::error::SendTimeoutError::Closed(_)) => return Err(StoreError::Closed),
            },
        }
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Answers what waits, then closes the connections.
    pub(super) async fn close(&self) {
        for lane in &self.lanes {
            let (reply, closed) = oneshot::channel();
            if lane.send(Request::Close(reply)).await.is_ok() {
                let _ = closed.await;
            }
        }
    }
}

async fn run<F: Finder>(mut finder: F, mut requests: mpsc::Receiver<Request<F::Bind>>, wait: Duration) {
    let mut taken = Vec::with_capacity(KEYS);
    let mut closing = Vec::new();
    while requests.recv_many(&mut taken, KEYS).await > 0 {
        let mut waiting = Vec::with_capacity(taken.len());
        for request in taken.drain(..) {
            match request {
                // The database was occupied for so long that nobody may be left to read the answer.
                Request::Find(lookup) if lookup.at.elapsed() > wait => {
                    let _ = lookup.reply.send(Err(StoreError::Busy));
                }
                Request::Find(lookup) => waiting.push(lookup),
                Request::Close(reply) => {
                    requests.close();
                    closing.push(reply);
                }
            }
        }
        while let Some(first) = waiting.first() {
            let table = first.table.clone();
            let (same, others) = waiting.into_iter().partition(|lookup| Arc::ptr_eq(&lookup.table, &table));
            ask(&mut finder, &table, same).await;
            waiting = others;
        }
    }
    finder.close().await;
    for reply in closing {
        let _ = reply.send(());
    }
}

/// Answers lookups of one table. Each is told as soon as its row is there, so that large rows do not add up in memory.
async fn ask<F: Finder>(finder: &mut F, table: &TableStatements, lookups: Vec<Lookup<F::Bind>>) {
    let (keys, mut replies): (Vec<_>, Vec<_>) =
        lookups.into_iter().map(|lookup| (lookup.key, Some(lookup.reply))).unzip();
    let done = finder
        .find(table, &keys, |position, found| {
            // Whoever does not wait any more misses nothing.
            if let Some(reply) = replies.get_mut(position).and_then(Option::take) {
                let _ = reply.send(found.map(Some));
            }
        })
        .await;
    for reply in replies.into_iter().flatten() {
        let _ = reply.send(done.clone().map(|()| None));
    }
}
