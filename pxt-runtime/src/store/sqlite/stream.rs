//! Long answers: each is read by a task that has a connection of its own and a moment of the database.
//!
//! They have connections apart, so that whoever reads slowly takes none from short answers. Those of large rows have others
//! than those of small ones: sqlx counts the rows that wait and not their bytes, and a connection has one count for good.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::TryStreamExt as _;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool, SqlitePoolOptions};
use sqlx::{Connection as _, Sqlite, Transaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::file::File;
use super::read::{self, Failed, Query};
use super::{Database, failure};
use crate::store::question::{Bound, Extent, Part, Question};
use crate::store::rows::{Batch, FEW, MOST, Opened};
use crate::store::statements::Statement;
use crate::store::{Limits, StoreError};

/// How many long answers are read at once.
pub(super) const TURNS: usize = 8;
/// Rows that wait between SQLite and a task, and those that do where they are large. Where few wait, two threads wake one
/// another for each row: a million small rows take half as long again.
const AHEAD: usize = 50;
const LARGE_AHEAD: usize = 2;
/// The rows of one batch, and the memory of their values after which it is sent, in bytes.
const BATCH_ROWS: usize = 128;
const BATCH_BYTES: usize = 256 << 10;
/// A batch of that memory with so few rows is one of large rows.
const LARGE_ROWS: usize = 4;
/// Batches that wait for whoever reads.
const BATCHES: usize = 2;
/// Steps of SQLite's machine, far less than a millisecond, after which it asks whether anybody still waits.
const STEPS: i32 = 10_000;

/// The connections of long answers, and whose turn it is.
#[derive(Debug)]
pub(super) struct Turns {
    long: SqlitePool,
    large: SqlitePool,
    places: Arc<Semaphore>,
    limits: Limits,
}

/// The right to read a long answer.
#[derive(Debug)]
pub(in crate::store) struct Turn {
    _place: OwnedSemaphorePermit,
}

impl Turns {
    pub(super) fn new(options: SqliteConnectOptions, limits: Limits) -> Self {
        let pool = SqlitePoolOptions::new()
            .max_connections(TURNS as u32)
            .acquire_timeout(limits.wait)
            .test_before_acquire(false);
        let long = pool.clone().connect_lazy_with(options.clone().row_buffer_size(AHEAD));
        let large = pool.connect_lazy_with(options.row_buffer_size(LARGE_AHEAD));
        Self { long, large, places: Arc::new(Semaphore::new(TURNS)), limits }
    }

    async fn take(&self) -> Result<Turn, StoreError> {
        match tokio::time::timeout(self.limits.wait, self.places.clone().acquire_owned()).await {
            Ok(place) => place.map(|place| Turn { _place: place }).map_err(|_| StoreError::Closed),
            Err(_) => Err(StoreError::Busy),
        }
    }

    pub(super) async fn close(&self) {
        self.long.close().await;
        self.large.close().await;
    }
}

impl Database {
    /// A turn, if one is free.
    pub(in crate::store) fn turn(&self) -> Option<Turn> {
        self.turns.places.clone().try_acquire_owned().ok().map(|place| Turn { _place: place })
    }

    /// Starts to read: first the end of the page, if it is asked for, then the rows. Waits for a turn if there is none yet.
    pub(in crate::store) async fn stream(
        &self,
        turn: Option<Turn>,
        question: &Arc<Question>,
        end: Option<(Statement, Vec<Bound>)>,
        (statement, bounds): (Statement, Vec<Bound>),
    ) -> Result<Opened, StoreError> {
        let end = end.map(|(statement, bounds)| Query::new(Part::End, statement, bounds)).transpose()?;
        let rows = Query::new(Part::Rows, statement, bounds)?;
        self.file.intact()?;
        let Turns { long, large, limits, .. } = &self.turns;
        let connections = if question.was(Extent::Large) { large } else { long };
        let turn = match turn {
            Some(turn) => turn,
            None => self.turns.take().await?,
        };
        let reader = match connections.acquire().await {
            Ok(reader) => reader,
            Err(error) => {
                self.file.check()?;
                return Err(failure::general(error));
            }
        };
        let (sender, mut batches) = mpsc::channel(BATCHES);
        let (question, file) = (question.clone(), self.file.clone());
        let task = Task { question, file, sender, limits: *limits, closing: connections.close_event() };
        tokio::spawn(task.run(turn, reader, end, rows));
        // What is wrong with the question is said before the first row is answered.
        let end = match receive(&mut batches).await? {
            Batch::Page(end) => end,
            Batch::Rows(_) | Batch::End => return Err(StoreError::Closed),
        };
        Ok(match receive(&mut batches).await? {
            Batch::Rows(first) => Opened { end, first, rest: Some(batches) },
            Batch::Page(_) | Batch::End => Opened { end, first: Vec::new(), rest: None },
        })
    }
}

async fn receive(batches: &mut mpsc::Receiver<Result<Batch, StoreError>>) -> Result<Batch, StoreError> {
    batches.recv().await.unwrap_or(Err(StoreError::Closed))
}

/// Reads a long answer.
struct Task {
    question: Arc<Question>,
    file: Arc<File>,
    sender: mpsc::Sender<Result<Batch, StoreError>>,
    limits: Limits,
    closing: sqlx::pool::CloseEvent,
}

impl Task {
    async fn run(self, turn: Turn, mut reader: PoolConnection<Sqlite>, end: Option<Query>, rows: Query) {
        let Self { question, file, sender, limits, closing } = self;
        let nobody = Arc::new(AtomicBool::new(false));
        let done = match watched(&mut reader, nobody.clone()).await {
            Ok(mut moment) => {
                let post = Post { sender: &sender, patience: Patience::new(limits) };
                let done = tokio::select! {
                    done = send(&mut moment, &question, end, rows, post) => done,
                    () = sender.closed() => Ok(()),
                    () = closing => Err(Failed::Store(StoreError::Closed)),
                };
                // What SQLite still does for us ends now.
                nobody.store(true, Ordering::Relaxed);
                unwatched(moment).await.map_err(Failed::Database).and(done)
            }
            Err(error) => Err(Failed::Database(error)),
        };
        // A connection that failed is not given to others.
        if matches!(done, Err(Failed::Database(_))) {
            reader.close_on_drop();
        }
        // Whoever has to be told may take long to listen.
        drop((reader, turn));
        match done {
            // The end that is missing says it.
            Ok(()) | Err(Failed::Store(StoreError::Slow)) => {}
            // Whoever does not listen any more is told nothing.
            Err(failed) => {
                drop(sender.send_timeout(Err(failed.told(&question, &file)), limits.stall).await);
            }
        }
    }
}

/// Begins a transaction, whose statements end when the flag is set.
async fn watched(
    reader: &mut SqliteConnection,
    nobody: Arc<AtomicBool>,
) -> Result<Transaction<'_, Sqlite>, sqlx::Error> {
    let mut moment = reader.begin().await?;
    moment.lock_handle().await?.set_progress_handler(STEPS, move || !nobody.load(Ordering::Relaxed));
    Ok(moment)
}

/// Leaves the connection as it was. Waits for what it does.
async fn unwatched(mut moment: Transaction<'_, Sqlite>) -> Result<(), sqlx::Error> {
    moment.lock_handle().await?.remove_progress_handler();
    moment.rollback().await
}

/// Sends the end of the page, then the rows.
async fn send(
    connection: &mut SqliteConnection,
    question: &Question,
    end: Option<Query>,
    rows: Query,
    mut post: Post<'_>,
) -> Result<(), Failed> {
    let end = match end {
        Some(end) => read::all(connection, question, end, usize::MAX).await?.unwrap_or_default(),
        None => Vec::new(),
    };
    post.send(Batch::Page(end), 0).await?;
    let (mut batch, mut bytes, mut count, mut first) = (Vec::new(), 0, 0, 0);
    let mut extent = Extent::Short;
    let part = rows.part();
    let mut rows = rows.sent().fetch(connection);
    while let Some(row) = rows.try_next().await.map_err(Failed::Database)? {
        let row = read::values(question, part, &row).map_err(Failed::Store)?;
        let size = read::size(&row);
        bytes += size;
        batch.push(row);
        count += 1;
        if count <= FEW {
            first += size;
        } else {
            extent = extent.max(Extent::Long);
        }
        if batch.len() == BATCH_ROWS || bytes > BATCH_BYTES {
            if batch.len() <= LARGE_ROWS {
                extent = Extent::Large;
                question.note(extent);
            }
            post.send(Batch::Rows(std::mem::take(&mut batch)), std::mem::take(&mut bytes)).await?;
        }
    }
    question.note(if first > MOST { Extent::Large } else { extent });
    if !batch.is_empty() {
        post.send(Batch::Rows(batch), bytes).await?;
    }
    post.send(Batch::End, 0).await
}

/// Where batches go.
struct Post<'a> {
    sender: &'a mpsc::Sender<Result<Batch, StoreError>>,
    patience: Patience,
}

impl Post<'_> {
    /// Sends a batch whose values take so many bytes.
    async fn send(&mut self, batch: Batch, bytes: usize) -> Result<(), Failed> {
        let asked = Instant::now();
        let sent = self.sender.send_timeout(Ok(batch), self.patience.left).await;
        sent.map_err(|_| Failed::Store(StoreError::Slow))?;
        self.patience.spend(asked.elapsed(), bytes);
        Ok(())
    }
}

/// How long a reader may still let us wait. What is taken gives time back: a reader that is steadily faster than the
/// slowest rate is never given up, and one that is slower is, however evenly it reads.
struct Patience {
    left: Duration,
    limits: Limits,
}

impl Patience {
    fn new(limits: Limits) -> Self {
        Self { left: limits.stall, limits }
    }

    fn spend(&mut self, waited: Duration, bytes: usize) {
        let earned = Duration::from_secs_f64(bytes as f64 / self.limits.slowest as f64);
        self.left = self.left.saturating_sub(waited).saturating_add(earned).min(self.limits.stall);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_ends_with_a_reader_that_is_slow_on_the_whole() {
        let limits = Limits { stall: Duration::from_secs(30), slowest: 1000, ..Limits::default() };
        let second = Duration::from_secs(1);
        let mut steady = Patience::new(limits);
        let mut slow = Patience::new(limits);
        for _ in 0..100 {
            steady.spend(second, 1000);
            slow.spend(second, 500);
        }
        assert_eq!(steady.left, limits.stall);
        assert_eq!(slow.left, second / 2, "what the last batch gave");
        // Who was fast before may not wait longer for that.
        steady.spend(Duration::ZERO, 1_000_000);
        assert_eq!(steady.left, limits.stall);
    }
}
