//! The connections of short answers. Whoever leaves before a statement's end ends it: no answer that nobody waits for keeps
//! a connection from others.
//!
//! sqlx's own pool asks each connection that comes back whether it is well, which doubles the price of a short read, and has no place for
//! the flag that ends a statement.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::failure;
use crate::store::StoreError;

/// Steps of SQLite's machine after which it asks whether anybody still waits: a few rows that are looked at. To look for one
/// long text in another is a single step, which may take 20 ms; to ask takes nothing that could be measured.
pub(super) const STEPS: i32 = 20;

/// A few connections that read.
#[derive(Debug)]
pub(super) struct Readers {
    options: SqliteConnectOptions,
    most: u32,
    wait: Duration,
    places: Arc<Semaphore>,
    idle: Arc<Idle>,
}

type Idle = Mutex<Vec<Watched>>;

/// A connection whose statement ends when the flag is set.
#[derive(Debug)]
struct Watched {
    connection: SqliteConnection,
    nobody: Arc<AtomicBool>,
}

/// A connection in use. Dropped, it ends its statement and itself; [`done`](Self::done) keeps it for others.
#[derive(Debug)]
pub(super) struct Reader {
    /// None once it was given back.
    watched: Option<Watched>,
    idle: Arc<Idle>,
    _place: OwnedSemaphorePermit,
}

impl Readers {
    pub(super) fn new(options: SqliteConnectOptions, most: u32, wait: Duration) -> Self {
        Self { options, most, wait, places: Arc::new(Semaphore::new(most as usize)), idle: Arc::default() }
    }

    /// A connection that nobody else uses. Waits for one, but not for ever.
    pub(super) async fn take(&self) -> Result<Reader, StoreError> {
        let place = match tokio::time::timeout(self.wait, self.places.clone().acquire_owned()).await {
            Ok(place) => place.map_err(|_| StoreError::Closed)?,
            Err(_) => return Err(StoreError::Busy),
        };
        let idle = lock(&self.idle).pop();
        let watched = match idle {
            Some(watched) => watched,
            None => Watched::connect(&self.options).await.map_err(failure::general)?,
        };
        Ok(Reader { watched: Some(watched), idle: self.idle.clone(), _place: place })
    }

    /// How many are in use.
    #[cfg(test)]
    pub(super) fn reading(&self) -> usize {
        self.most as usize - self.places.available_permits()
    }

    /// Waits for those in use, then closes all.
    pub(super) async fn close(&self) {
        let all = self.places.acquire_many(self.most).await;
        self.places.close();
        drop(all);
        let idle = std::mem::take(&mut *lock(&self.idle));
        for watched in idle {
            if let Err(error) = watched.connection.close().await {
                tracing::warn!(%error, "a connection that reads was not closed cleanly");
            }
        }
    }
}

impl Watched {
    async fn connect(options: &SqliteConnectOptions) -> Result<Self, sqlx::Error> {
        let mut connection = options.connect().await?;
        let nobody = Arc::new(AtomicBool::new(false));
        let flag = nobody.clone();
        connection.lock_handle().await?.set_progress_handler(STEPS, move || !flag.load(Ordering::Relaxed));
        Ok(Self { connection, nobody })
    }
}

impl Reader {
    /// Gives the connection back. What was asked of it was read to its end.
    pub(super) fn done(mut self) {
        lock(&self.idle).extend(self.watched.take());
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(watched) = &self.watched {
            watched.nobody.store(true, Ordering::Relaxed);
        }
    }
}

impl Deref for Reader {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.watched.as_ref().expect("only `done` takes it, and consumes the reader").connection
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.watched.as_mut().expect("only `done` takes it, and consumes the reader").connection
    }
}

fn lock(idle: &Idle) -> std::sync::MutexGuard<'_, Vec<Watched>> {
    // Each change is one step; nothing is half done after a panic.
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}
