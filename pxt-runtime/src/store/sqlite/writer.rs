//! The one task that writes. It takes what waits, commits it as one group and answers.
//!
//! Callers only send and wait, so that one who goes away leaves no half of a write behind.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::{mpsc, oneshot};

use super::bind::Bind;
use super::failure;
use super::file::File;
use super::group::{self, Lost, Write, Written};
use crate::store::{Limits, StoreError};

/// The most writes of one group.
const GROUP_WRITES: usize = 256;
/// The memory of one group's values after which no more join it, in bytes.
const GROUP_BYTES: usize = 4 << 20;

/// Work that has the connection for itself.
type Exclusive = Box<dyn for<'c> FnOnce(Result<&'c mut SqliteConnection, StoreError>) -> BoxFuture<'c, ()> + Send>;

enum Request {
    Write(Write, Instant),
    Exclusive(Exclusive),
    Close(oneshot::Sender<()>),
}

/// The callers' end.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    requests: mpsc::Sender<Request>,
    wait: Duration,
}

impl Writer {
    /// Starts the task on a connection. It ends when the last clone is dropped, or by [`close`](Self::close).
    pub(super) fn start(
        connection: SqliteConnection,
        options: SqliteConnectOptions,
        file: Arc<File>,
        limits: Limits,
    ) -> Self {
        let (requests, receiver) = mpsc::channel(limits.queue);
        let (connection, waiting) = (Some(connection), VecDeque::new());
        let task = Task { connection, options, file, receiver, waiting, wait: limits.wait };
        tokio::spawn(task.run());
        Self { requests, wait: limits.wait }
    }

    /// Writes one row in the next group and waits for its commit.
    pub(super) async fn write(
        &self,
        write: impl FnOnce(oneshot::Sender<Result<Written, StoreError>>) -> Write,
    ) -> Result<Written, StoreError> {
        let (reply, answer) = oneshot::channel();
        let request = Request::Write(write(reply), Instant::now());
        match self.requests.try_send(request) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(StoreError::Closed),
            Err(mpsc::error::TrySendError::Full(request)) => self.queue(request).await?,
        }
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Runs work that needs the write connection for itself, between two groups.
    pub(super) async fn exclusive<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let run: Exclusive = Box::new(move |connection| {
            Box::pin(async move {
                let done = match connection {
                    Ok(connection) => work(connection).await,
                    Err(error) => Err(error),
                };
                // Whoever does not wait any more has done it all the same.
                let _ = reply.send(done);
            })
        });
        self.queue(Request::Exclusive(run)).await?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Writes everything that waits, then closes the connection.
    pub(super) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.requests.send(Request::Close(reply)).await.is_ok() {
            let _ = closed.await;
        }
    }

    async fn queue(&self, request: Request) -> Result<(), StoreError> {
        match self.requests.send_timeout(request, self.wait).await {
            Ok(()) => Ok(()),
            Err(mpsc::error::SendTimeoutError::Timeout(_)) => Err(StoreError::Busy),
            Err(mpsc::error::SendTimeoutError::Closed(_)) => Err(StoreError::Closed),
        }
    }
}

struct Task {
    /// None after a failure that the connection did not survive, until the next group opens another.
    connection: Option<SqliteConnection>,
    options: SqliteConnectOptions,
    file: Arc<File>,
    receiver: mpsc::Receiver<Request>,
    /// Taken from the channel, not yet written: what did not fit into the group before.
    waiting: VecDeque<Request>,
    wait: Duration,
}

impl Task {
    async fn run(mut self) {
        let mut taken = Vec::with_capacity(GROUP_WRITES);
        let mut closing = Vec::new();
        loop {
            if self.waiting.is_empty() {
                if self.receiver.recv_many(&mut taken, GROUP_WRITES).await == 0 {
                    break;
                }
                self.waiting.extend(taken.drain(..));
            }
            match self.waiting.pop_front() {
                Some(Request::Exclusive(work)) => self.exclusive(work).await,
                Some(Request::Close(reply)) => {
                    self.receiver.close();
                    closing.push(reply);
                }
                Some(Request::Write(write, at)) => self.group(write, at).await,
                None => {}
            }
        }
        if let Some(connection) = self.connection
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the database was not closed cleanly");
        }
        for reply in closing {
            let _ = reply.send(());
        }
    }

    /// Commits a write together with those that wait behind it.
    async fn group(&mut self, first: Write, at: Instant) {
        let now = Instant::now();
        let mut writes = Vec::with_capacity(self.waiting.len() + 1);
        let mut bytes = 0;
        let mut next = Some((first, at));
        while let Some((write, at)) = next {
            // The database was occupied for so long that nobody may be left to read the answer.
            if now.duration_since(at) > self.wait {
                let _ = write.reply.send(Err(StoreError::Busy));
            } else {
                bytes += write.binds.iter().map(Bind::size).sum::<usize>();
                writes.push(write);
            }
            next = (bytes < GROUP_BYTES).then(|| self.next_write()).flatten();
        }
        let file = self.file.clone();
        match self.connected().await {
            Ok(connection) => {
                if let Err(Lost) = group::commit(connection, &file, writes).await {
                    self.connection = None;
                }
            }
            Err(error) => {
                for write in writes {
                    let _ = write.reply.send(Err(error.clone()));
                }
            }
        }
    }

    /// The next of what was taken, if it is a write.
    fn next_write(&mut self) -> Option<(Write, Instant)> {
        match self.waiting.pop_front()? {
            Request::Write(write, at) => Some((write, at)),
            other => {
                self.waiting.push_front(other);
                None
            }
        }
    }

    async fn exclusive(&mut self, work: Exclusive) {
        let checked = self.file.check();
        let connection = match self.connected().await.and_then(|connection| checked.map(|()| connection)) {
            Ok(connection) => connection,
            Err(error) => return work(Err(error)).await,
        };
        work(Ok(connection)).await;
        // An error may have left a transaction open.
        if let Err(Lost) = group::roll_back(connection).await {
            self.connection = None;
        }
    }

    async fn connected(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.file.intact()?;
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let connection = self.options.connect().await;
                // What is connected to may be another file by now.
                self.file.check()?;
                connection.map_err(failure::general)?
            }
        };
        Ok(self.connection.insert(connection))
    }
}
