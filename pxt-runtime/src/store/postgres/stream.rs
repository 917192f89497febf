//! Long answers: each is read by a task that has a connection and a moment of the database.
//!
//! PostgreSQL sends rows as fast as they are taken, and waits while nobody takes any. What is not read to its end is ended
//! by closing the connection, which the server notices within a second.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{FutureExt as _, Stream, StreamExt as _, stream};
use tokio::sync::watch;

use super::failure::{self, Fate};
use super::read::Query;
use super::readers::{Reader, Readers, Source};
use super::{Database, control};
use crate::store::fetch::Failed;
use crate::store::long::{self, Post};
use crate::store::question::{Asked, Ending, Part, Question};
use crate::store::rows::{End, Opened};
use crate::store::turns::{Turn, Turns};
use crate::store::unreadable::Line;
use crate::store::{Limits, StoreError};

/// The statement's own limit is for all of its rows, and does not count who takes them slowly: ours is for the next row.
const MOMENT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = '1h'";

/// The connections of long answers.
#[derive(Debug)]
pub(super) struct Long {
    pub(super) turns: Turns,
    pub(super) readers: Readers,
    limits: Limits,
    closing: watch::Sender<bool>,
}

impl Long {
    /// `readers` has so many connections.
    pub(super) fn new(readers: Readers, connections: usize, limits: Limits) -> Self {
        Self { turns: Turns::new(connections, limits.wait), readers, limits, closing: watch::Sender::new(false) }
    }

    /// Ends all that is read.
    pub(super) fn close(&self) {
        self.closing.send_replace(true);
        self.readers.close();
    }

    /// A connection whose transaction has begun.
    async fn moment(&self) -> Result<Reader, StoreError> {
        let read = self.readers.get(Source::Replica);
        let until = Instant::now() + self.limits.wait;
        let mut reader = read.await?;
        loop {
            match tokio::time::timeout(self.limits.patience(), control(&mut reader, MOMENT)).await {
                Ok(Ok(())) => return Ok(reader),
                Ok(Err(error)) if failure::fate(&error) == Fate::Refused || Instant::now() > until => {
                    return Err(failure::general(error));
                }
                Ok(Err(_)) => reader = self.readers.get(Source::Replica).await?,
                Err(_) => return Err(StoreError::Busy),
            }
        }
    }
}

impl Database {
    /// A turn, if one is free.
    pub(in crate::store) fn turn(&self) -> Option<Turn> {
        self.long.turns.free()
    }

    /// Starts to read: first the end of the page, if it is asked for, then the rows. Waits for a turn if there is none yet.
    pub(in crate::store) async fn stream(
        &self,
        turn: Option<Turn>,
        question: &Arc<Question>,
        ending: Option<(Ending, Asked)>,
        rows: Asked,
    ) -> Result<Opened, StoreError> {
        let end = ending.map(|(ending, asked)| Query::new(ending.part, asked).map(|query| (ending, query)));
        let (end, rows) = (end.transpose()?, Query::new(Part::Rows, rows)?);
        self.begin(turn, Selected { question: question.clone(), end, rows }).await
    }

    /// Starts to read.
    pub(super) async fn begin(&self, turn: Option<Turn>, answer: impl Answer) -> Result<Opened, StoreError> {
        let long = &self.long;
        let turn = match turn {
            Some(turn) => turn,
            None => long.turns.take().await?,
        };
        let reader = long.moment().await?;
        let (post, mail) = long::post(long.limits);
        let task = Task { answer, post, closing: long.closing.subscribe(), patience: long.limits.patience() };
        tokio::spawn(task.run(turn, reader));
        mail.opened().await
    }
}

/// A long answer.
pub(super) trait Answer: Send + 'static {
    /// Sends the end of the page, if it is asked for, then the rows; each has to come within `patience`.
    fn send(
        &mut self,
        reader: &mut Reader,
        post: &mut Post,
        patience: Duration,
    ) -> impl Future<Output = Result<(), Failed>> + Send;

    /// What the caller is told of a failure.
    fn told(&self, failed: Failed) -> StoreError;
}

/// That to a select.
struct Selected {
    question: Arc<Question>,
    end: Option<(Ending, Query)>,
    rows: Query,
}

impl Answer for Selected {
    async fn send(&mut self, reader: &mut Reader, post: &mut Post, patience: Duration) -> Result<(), Failed> {
        let Self { question, end, rows } = self;
        let end = match end {
            Some((ending, query)) => {
                let found = query.rows(reader, question)?;
                let end = ending.find(Box::pin(timely(found, patience))).await?;
                rows.limit(end.count);
                end
            }
            None => End::default(),
        };
        post.page(end).await?;
        let found = rows.rows(reader, question)?;
        post.rows(&question.extents, Box::pin(timely(found, patience))).await
    }

    fn told(&self, failed: Failed) -> StoreError {
        failed.told(|error| failure::of_question(error, &self.question))
    }
}

/// Reads a long answer.
struct Task<A> {
    answer: A,
    post: Post,
    closing: watch::Receiver<bool>,
    patience: Duration,
}

impl<A: Answer> Task<A> {
    async fn run(self, turn: Turn, mut reader: Reader) {
        let Self { mut answer, mut post, mut closing, patience } = self;
        let left = post.left();
        let done = tokio::select! {
            done = whole(&mut answer, &mut reader, &mut post, patience) => done,
            // The connection is closed, and not asked to read what nobody wants.
            () = left => Ok(()),
            _ = closing.wait_for(|closing| *closing) => Err(Failed::Store(StoreError::Closed)),
        };
        // Whoever has to be told may take long to listen.
        drop((reader, turn));
        match done {
            // The end that is missing says it.
            Ok(()) | Err(Failed::Store(StoreError::Slow)) => {}
            Err(failed) => {
                let told = answer.told(failed);
                post.fail(told).await;
            }
        }
    }
}

/// Sends an answer to its end, and leaves the connection as it was.
async fn whole(
    answer: &mut impl Answer,
    reader: &mut Reader,
    post: &mut Post,
    patience: Duration,
) -> Result<(), Failed> {
    answer.send(reader, post, patience).await?;
    control(reader, "ROLLBACK").await?;
    reader.settle();
    Ok(())
}

/// Rows, of which each has to come in time.
pub(super) fn timely(
    rows: impl Stream<Item = Result<Line, Failed>> + Unpin + Send,
    patience: Duration,
) -> impl Stream<Item = Result<Line, Failed>> + Send {
    stream::unfold(rows, move |mut rows| async move {
        // Most rows are there before a clock could be set.
        let row = match rows.next().now_or_never() {
            Some(row) => row,
            None => match tokio::time::timeout(patience, rows.next()).await {
                Ok(row) => row,
                Err(_) => Some(Err(Failed::Store(StoreError::Busy))),
            },
        };
        row.map(|row| (row, rows))
    })
}
