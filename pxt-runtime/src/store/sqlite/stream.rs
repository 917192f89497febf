//! Long answers: each is read by a task that has a connection of its own and a moment of the database.
//!
//! They have connections apart, so that whoever reads slowly takes none from short answers. Those of large rows have others
//! than those of small ones: sqlx counts the rows that wait and not their bytes, and a connection has one count for good.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool, SqlitePoolOptions};
use sqlx::{Connection as _, Sqlite, Transaction};

use super::file::File;
use super::read::{self, Query};
use super::readers::STEPS;
use super::{Database, failure};
use crate::store::extents::{Extent, Extents};
use crate::store::fetch::Failed;
use crate::store::long::{self, Post};
use crate::store::question::{Asked, Ending, Part, Question};
use crate::store::rows::{End, Opened};
use crate::store::turns::{TURNS, Turn, Turns};
use crate::store::{Limits, StoreError};

/// Rows that wait between SQLite and a task, and those that do where they are large. Where few wait, two threads wake one
/// another for each row: a million small rows take half as long again.
const AHEAD: usize = 50;
const LARGE_AHEAD: usize = 2;

/// The connections of long answers.
#[derive(Debug)]
pub(super) struct Connections {
    small: SqlitePool,
    large: SqlitePool,
    pub(super) turns: Turns,
    limits: Limits,
}

impl Connections {
    pub(super) fn new(options: SqliteConnectOptions, limits: Limits) -> Self {
        let pool = SqlitePoolOptions::new()
            .max_connections(TURNS as u32)
            .acquire_timeout(limits.wait)
            .test_before_acquire(false);
        let small = pool.clone().connect_lazy_with(options.clone().row_buffer_size(AHEAD));
        let large = pool.connect_lazy_with(options.row_buffer_size(LARGE_AHEAD));
        Self { small, large, turns: Turns::new(TURNS, limits.wait), limits }
    }

    pub(super) async fn close(&self) {
        self.small.close().await;
        self.large.close().await;
    }
}

impl Database {
    /// A turn, if one is free.
    pub(in crate::store) fn turn(&self) -> Option<Turn> {
        self.streams.turns.free()
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
    pub(super) async fn begin(&self, turn: Option<Turn>, long: impl Long) -> Result<Opened, StoreError> {
        self.file.intact()?;
        let Connections { small, large, turns, limits } = &self.streams;
        let connections = if long.extents().was(Extent::Large) { large } else { small };
        let turn = match turn {
            Some(turn) => turn,
            None => turns.take().await?,
        };
        let reader = match connections.acquire().await {
            Ok(reader) => reader,
            Err(error) => {
                self.file.check()?;
                return Err(failure::general(error));
            }
        };
        let (post, mail) = long::post(*limits);
        let task = Task { long, file: self.file.clone(), post, closing: connections.close_event() };
        tokio::spawn(task.run(turn, reader));
        mail.opened().await
    }
}

/// A long answer.
pub(super) trait Long: Send + 'static {
    fn extents(&self) -> &Extents;

    /// Sends the end of the page, if it is asked for, then the rows.
    fn send(
        &mut self,
        connection: &mut SqliteConnection,
        post: &mut Post,
    ) -> impl Future<Output = Result<(), Failed>> + Send;

    /// What the caller is told of a failure; the file may be gone.
    fn told(&self, failed: Failed, file: &File) -> StoreError;
}

/// That to a select.
struct Selected {
    question: Arc<Question>,
    end: Option<(Ending, Query)>,
    rows: Query,
}

impl Long for Selected {
    fn extents(&self) -> &Extents {
        &self.question.extents
    }

    async fn send(&mut self, connection: &mut SqliteConnection, post: &mut Post) -> Result<(), Failed> {
        let Self { question, end, rows } = self;
        let end = match end {
            Some((ending, query)) => {
                let end = ending.find(query.rows(connection, question)?).await?;
                rows.limit(end.count);
                end
            }
            None => End::default(),
        };
        post.page(end).await?;
        post.rows(&question.extents, rows.rows(connection, question)?).await
    }

    fn told(&self, failed: Failed, file: &File) -> StoreError {
        read::told(failed, &self.question, file)
    }
}

/// Reads a long answer.
struct Task<L> {
    long: L,
    file: Arc<File>,
    post: Post,
    closing: sqlx::pool::CloseEvent,
}

impl<L: Long> Task<L> {
    async fn run(self, turn: Turn, mut reader: PoolConnection<Sqlite>) {
        let Self { mut long, file, mut post, closing } = self;
        let nobody = Arc::new(AtomicBool::new(false));
        let done = match watched(&mut reader, nobody.clone()).await {
            Ok(mut moment) => {
                let left = post.left();
                let done = tokio::select! {
                    done = long.send(&mut moment, &mut post) => done,
                    () = left => Ok(()),
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
            Err(failed) => {
                let told = long.told(failed, &file);
                post.fail(told).await;
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
