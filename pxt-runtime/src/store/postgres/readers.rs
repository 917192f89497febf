//! The connections that read: of the server that writes, and of a replica of it if there is one.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool::managed::{self, Metrics, Object, Pool, PoolError, QueueMode, RecycleError, RecycleResult};
use futures_util::future::BoxFuture;
use sqlx::postgres::PgConnection;

use super::failure::{self, Fate};
use super::link::Link;
use crate::store::fetch::Failed;
use crate::store::{Limits, StoreError};

/// A connection is not used again after so long: what stands between us and the server may have forgotten it, and the
/// server's name may have moved to another one.
const IDLE: Duration = Duration::from_secs(5 * 60);
const AGE: Duration = Duration::from_secs(30 * 60);

/// Which server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Source {
    /// The one that writes, which knows all that was committed.
    Primary,
    /// A replica, which may be a moment behind. The one that writes while it is away, and where there is none.
    Replica,
}

/// By how much longer each pause is before something is read again.
const PAUSE: Duration = Duration::from_millis(10);

/// Two pools.
#[derive(Debug)]
pub(super) struct Readers {
    primary: Pool<Manager>,
    replica: Option<Pool<Manager>>,
    limits: Limits,
}

/// Something to be read.
pub(super) trait Read: Sync {
    type Answer: Send;

    /// Reads it. What is answered in full leaves the reader settled.
    fn read(&self, reader: &mut Reader) -> impl Future<Output = Result<Self::Answer, Failed>> + Send;
}

/// Makes connections for a pool.
#[derive(Debug)]
struct Manager {
    link: Arc<Link>,
    /// How long it tries. None: once.
    wait: Option<Duration>,
}

/// A connection that goes back to its pool only when all was read that it was asked for: one that still has answers to
/// give is closed, so that the server stops.
#[derive(Debug)]
pub(super) struct Reader {
    object: Option<Object<Manager>>,
    settled: bool,
}

impl managed::Manager for Manager {
    type Type = PgConnection;
    type Error = StoreError;

    async fn create(&self) -> Result<PgConnection, StoreError> {
        // Boxed, as what is read: sqlx's futures are nested so deeply that those of callers reach the compiler's limit.
        let connecting: BoxFuture<'_, _> = match self.wait {
            Some(wait) => Box::pin(self.link.connect(Instant::now() + wait)),
            None => Box::pin(self.link.try_connect()),
        };
        connecting.await
    }

    async fn recycle(&self, _: &mut PgConnection, metrics: &Metrics) -> RecycleResult<StoreError> {
        if metrics.last_used() > IDLE || metrics.age() > AGE {
            return Err(RecycleError::Message("it is old".into()));
        }
        Ok(())
    }
}

impl Readers {
    /// Up to `size` connections to each server. None is made yet.
    pub(super) fn new(primary: &Arc<Link>, replica: Option<&Arc<Link>>, size: usize, limits: Limits) -> Self {
        let pool = |link: &Arc<Link>, wait| {
            let manager = Manager { link: link.clone(), wait };
            let pool = Pool::builder(manager).max_size(size.max(1)).queue_mode(QueueMode::Lifo);
            pool.build().expect("a pool without timeouts of its own can be built")
        };
        let replica = replica.map(|link| pool(link, None));
        Self { primary: pool(primary, Some(limits.wait)), replica, limits }
    }

    /// A connection.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when all are in use for too long; [`StoreError::Unavailable`] when the server is away.
    pub(super) async fn get(&self, source: Source) -> Result<Reader, StoreError> {
        if source == Source::Replica
            && let Some(replica) = &self.replica
            && !replica.manager().link.is_away()
        {
            match self.take(replica).await {
                Err(StoreError::Unavailable) => {}
                taken => return taken,
            }
        }
        self.take(&self.primary).await
    }

    async fn take(&self, pool: &Pool<Manager>) -> Result<Reader, StoreError> {
        match tokio::time::timeout(self.limits.wait, pool.get()).await {
            Ok(Ok(object)) => Ok(Reader { object: Some(object), settled: false }),
            Ok(Err(PoolError::Closed)) => Err(StoreError::Closed),
            Ok(Err(PoolError::Backend(error))) => Err(error),
            Ok(Err(_)) => Err(StoreError::Busy),
            Err(_) if pool.manager().link.is_away() => Err(StoreError::Unavailable),
            Err(_) => Err(StoreError::Busy),
        }
    }

    /// Reads on a connection, and again on another one when the first is lost meanwhile or has forgotten what it knew: to
    /// read twice harms nobody.
    pub(super) async fn read<R: Read>(&self, mut source: Source, read: &R) -> Result<R::Answer, Failed> {
        let started = Instant::now();
        let mut pause = Duration::ZERO;
        loop {
            let mut reader = self.get(source).await.map_err(Failed::Store)?;
            let reading: BoxFuture<'_, _> = Box::pin(read.read(&mut reader));
            let Ok(done) = tokio::time::timeout(self.limits.patience(), reading).await else {
                return Err(Failed::Store(StoreError::Busy));
            };
            let Err(Failed::Database(error)) = &done else { return done };
            match failure::fate(error) {
                Fate::Refused => {
                    reader.settle();
                    return done;
                }
                _ if started.elapsed() > self.limits.wait => return done,
                // A replica ends reads that are in the way of what it has to take over.
                Fate::Again => source = Source::Primary,
                Fate::Lost | Fate::Forgotten | Fate::Uncertain => {
                    reader.give_up();
                    tokio::time::sleep(pause).await;
                    pause += PAUSE;
                }
            }
        }
    }

    pub(super) fn close(&self) {
        self.primary.close();
        if let Some(replica) = &self.replica {
            replica.close();
        }
    }
}

impl Reader {
    /// There is nothing left to read.
    pub(super) fn settle(&mut self) {
        self.settled = true;
    }

    /// Closes the connection, and those that nobody uses: most probably they have gone with it.
    fn give_up(mut self) {
        if let Some(object) = self.object.take() {
            let pool = Object::pool(&object);
            drop(Object::take(object));
            if let Some(pool) = pool {
                drop(pool.retain(|_, _| false));
            }
        }
    }
}

impl Deref for Reader {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.object.as_ref().expect("it is there until the reader is dropped")
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.object.as_mut().expect("it is there until the reader is dropped")
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(object) = self.object.take()
            && !self.settled
        {
            drop(Object::take(object));
        }
    }
}
