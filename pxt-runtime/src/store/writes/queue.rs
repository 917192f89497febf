//! The queue before the tasks that write, and how a group is taken from it.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::sync::{Mutex, mpsc, oneshot};

use super::{Exclusive, Kind, Pen, Write, Written};
use crate::store::statements::TableStatements;
use crate::store::together::{Bound, Together, conclude};
use crate::store::{Limits, StoreError};

/// The most writes of one group.
const GROUP_WRITES: usize = 256;
/// The memory of one group's values after which no more join it, in bytes.
const GROUP_BYTES: usize = 4 << 20;

enum Request<P: Pen> {
    Write(Write<P::Bind>),
    /// Writes of one set.
    Set(Vec<Write<P::Bind>>),
    Exclusive(Exclusive<P::Connection>),
    /// Dropped when the last connection is closed.
    Close(oneshot::Sender<Infallible>),
}

/// The callers' end.
pub(in crate::store) struct Writer<P: Pen> {
    requests: mpsc::Sender<Request<P>>,
    /// Numbers the sets.
    sets: AtomicU64,
    wait: Duration,
}

impl<P: Pen> fmt::Debug for Writer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

impl<P: Pen> Writer<P> {
    /// Starts a task for each pen. They end when the writer is dropped, or by [`close`](Self::close).
    pub(in crate::store) fn start(pens: impl IntoIterator<Item = P>, limits: Limits) -> Self {
        let (requests, receiver) = mpsc::channel(limits.queue);
        let (taken, waiting, closing) = (Vec::with_capacity(GROUP_WRITES), VecDeque::new(), Vec::new());
        let intake = Arc::new(Mutex::new(Intake { receiver, taken, waiting, closing, wait: limits.wait }));
        for pen in pens {
            tokio::spawn(run(pen, intake.clone(), limits.wait));
        }
        Self { requests, sets: AtomicU64::new(0), wait: limits.wait }
    }

    /// Writes one row in the next group and waits for its commit.
    pub(in crate::store) async fn write(
        &self,
        table: &Arc<TableStatements>,
        kind: Kind,
        binds: Vec<P::Bind>,
    ) -> Result<Written, StoreError> {
        let (write, answer) = Write::new(table.clone(), kind, binds);
        self.send(Request::Write(write)).await?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Writes a set in the next group and waits for its commit.
    pub(in crate::store) async fn together(&self, members: Vec<Bound<P::Bind>>) -> Result<Together, StoreError> {
        let set = self.sets.fetch_add(1, Ordering::Relaxed);
        let touches: Vec<_> = members.iter().map(|(.., bond)| bond.touch).collect();
        let at = Instant::now();
        let (mut writes, mut replies) = (Vec::with_capacity(members.len()), Vec::with_capacity(members.len()));
        for (table, kind, binds, bond) in members {
            let (mut write, answer) = Write::new(table, kind, binds);
            (write.set, write.at) = (Some((set, bond)), at);
            writes.push(write);
            replies.push(answer);
        }
        self.send(Request::Set(writes)).await?;
        let mut answers = Vec::with_capacity(replies.len());
        for reply in replies {
            answers.push(reply.await.ok());
        }
        conclude(answers, &touches)
    }

    async fn send(&self, request: Request<P>) -> Result<(), StoreError> {
        match self.requests.try_send(request) {
            Ok(()) => Ok(()),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(StoreError::Closed),
            Err(mpsc::error::TrySendError::Full(request)) => self.queue(request).await,
        }
    }

    /// Runs work that needs a write connection for itself, between two groups.
    pub(in crate::store) async fn exclusive<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut P::Connection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let run: Exclusive<P::Connection> = Box::new(move |connection| {
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

    /// Writes everything that waits, then closes the connections.
    pub(in crate::store) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.requests.send(Request::Close(reply)).await.is_ok() {
            let _ = closed.await;
        }
    }

    async fn queue(&self, request: Request<P>) -> Result<(), StoreError> {
        match self.requests.send_timeout(request, self.wait).await {
            Ok(()) => Ok(()),
            Err(mpsc::error::SendTimeoutError::Timeout(_)) => Err(StoreError::Busy),
            Err(mpsc::error::SendTimeoutError::Closed(_)) => Err(StoreError::Closed),
        }
    }
}

/// Takes work for one pen until there is no more.
async fn run<P: Pen>(mut pen: P, intake: Arc<Mutex<Intake<P>>>, wait: Duration) {
    loop {
        // The others wait for the lock while one waits for a request.
        let work = intake.lock().await.next().await;
        match work {
            Some(Work::Group(writes)) => pen.commit(writes, wait).await,
            Some(Work::Exclusive(work)) => pen.exclusive(work).await,
            None => break,
        }
    }
    // The last task to go drops the intake, and with it the senders that tell who closes.
    pen.close().await;
}

/// The tasks' end.
struct Intake<P: Pen> {
    receiver: mpsc::Receiver<Request<P>>,
    /// Room for what the channel hands over. Empty between two calls.
    taken: Vec<Request<P>>,
    /// Taken from the channel, not yet given to a task: what did not fit into the group before.
    waiting: VecDeque<Request<P>>,
    closing: Vec<oneshot::Sender<Infallible>>,
    wait: Duration,
}

enum Work<P: Pen> {
    Group(Vec<Write<P::Bind>>),
    Exclusive(Exclusive<P::Connection>),
}

impl<P: Pen> Intake<P> {
    /// What is to be done next. None when the queue is closed and empty.
    async fn next(&mut self) -> Option<Work<P>> {
        loop {
            if self.waiting.is_empty() {
                if self.receiver.recv_many(&mut self.taken, GROUP_WRITES).await == 0 {
                    return None;
                }
                self.waiting.extend(self.taken.drain(..));
            }
            match self.waiting.pop_front() {
                Some(Request::Exclusive(work)) => return Some(Work::Exclusive(work)),
                Some(Request::Close(reply)) => {
                    self.receiver.close();
                    self.closing.push(reply);
                }
                Some(Request::Write(write)) => return Some(Work::Group(self.group(vec![write]))),
                Some(Request::Set(set)) => return Some(Work::Group(self.group(set))),
                None => {}
            }
        }
    }

    /// A write, or a set, together with those that wait behind it.
    fn group(&mut self, first: Vec<Write<P::Bind>>) -> Vec<Write<P::Bind>> {
        let now = Instant::now();
        let mut writes = Vec::with_capacity(self.waiting.len() + first.len());
        let mut bytes = 0;
        let mut next = Some(first);
        while let Some(mut set) = next {
            // The database was occupied for so long that nobody may be left to read the answer.
            if set.iter().any(|write| now.duration_since(write.at) > self.wait) {
                set.iter_mut().for_each(|write| write.answer(Err(StoreError::Busy)));
            } else {
                bytes += set.iter().flat_map(|write| &write.binds).map(P::size).sum::<usize>();
                writes.append(&mut set);
            }
            next = (bytes < GROUP_BYTES).then(|| self.next_set()).flatten();
        }
        writes
    }

    /// The next of what was taken, if it is a write or a set.
    fn next_set(&mut self) -> Option<Vec<Write<P::Bind>>> {
        match self.waiting.pop_front()? {
            Request::Write(write) => Some(vec![write]),
            Request::Set(set) => Some(set),
            other => {
                self.waiting.push_front(other);
                None
            }
        }
    }
}
