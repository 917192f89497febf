//! Rows of the outbox whose answer is made after the commit, by a function or of the number that the database gave: they are held until
//! the answer is there, so that they keep their place.

use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::commit::Entry;
use super::row::{State, Waiting};
use super::{Outbox, later, sql, target_id};
use crate::error::{Error, Result};
use crate::schema::ColumnType;
use crate::store::{Answered, Member, StoreError, Together, export, store_error};
use crate::value::Value;

/// How often the answer of a held row is made after a crash: making it may be what ends the process.
const MAKES: u32 = 3;
/// How often an answer is written down that another write has overtaken.
const FILLS: usize = 3;

/// Makes answers of what was kept of a row, for rows whose own process has not.
pub(crate) trait Shaper: Send + Sync {
    /// The answer as JSON text. `outcome` is what the database numbered the row.
    ///
    /// # Errors
    /// Those of the route's function.
    fn shape(&self, row: String, outcome: i64) -> BoxFuture<'_, Result<String>>;
}

impl Outbox {
    /// Does what makes the answer of a row that is held, which stays held as long as that takes. The row is in another version then.
    pub(crate) async fn hold<T>(&self, entry: &mut Entry, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            let pause = self.times.held / 3;
            match tokio::time::timeout(pause, &mut work).await {
                Ok(done) => return done,
                Err(_) => {
                    let due = Value::Int(later(self.now(), self.times.held));
                    match self.change(*entry, vec![(export::DUE_AT, due)]).await {
                        Ok(true) => entry.version += 1,
                        // Somebody else makes the answer.
                        Ok(false) => return work.await,
                        Err(error) => tracing::warn!(%error, "a row that is exported could not be held any longer"),
                    }
                }
            }
        }
    }

    /// The answer of a row that was held: it is delivered now. What somebody else has done with the row stays.
    ///
    /// # Errors
    /// Those of writing.
    pub(crate) async fn fill(&self, mut entry: Entry, destination: &str, body: String) -> Result<(), StoreError> {
        let state = Value::String(State::Pending.word().to_owned());
        let changes = vec![(export::STATE, state), (export::BODY, Value::String(body))];
        for _ in 0..FILLS {
            if self.change(entry, changes.clone()).await? {
                break;
            }
            // It was held for longer by a write that we have not heard of, or somebody has begun to make the answer again.
            let stored = self.store.get(&self.rows, vec![Value::Int(entry.number)]).await?;
            match stored.filter(|stored| is_held(&stored.values)) {
                Some(stored) => entry.version = stored.version,
                None => break,
            }
        }
        self.wake(target_id(destination));
        Ok(())
    }

    /// There is no answer: nothing is exported. What somebody else has done with the row stays.
    ///
    /// # Errors
    /// Those of writing.
    pub(crate) async fn remove(&self, entry: Entry) -> Result<(), StoreError> {
        self.store.change_own(sql::UNHELD, vec![Value::Int(entry.number)], &[]).await.map(drop)
    }

    /// The row that is held for the answer of a job, from an earlier attempt at it, say.
    ///
    /// # Errors
    /// Those of reading.
    pub(crate) async fn of_job(&self, destination: &str, job: Uuid) -> Result<Option<Entry>, StoreError> {
        let values = vec![Value::Int(target_id(destination)), Value::Uuid(job)];
        let columns = [("number", ColumnType::Int), ("version", ColumnType::Int)];
        let rows = self.store.sql_now(sql::OF_JOB, values, &columns).await?;
        Ok(match rows.first().map(|answered| answered.row.as_slice()) {
            Some([Value::Int(number), Value::Int(version)]) => Some(Entry { number: *number, version: *version }),
            _ => None,
        })
    }

    /// Makes the answer of a row whose own process has not said anything for too long.
    ///
    /// # Errors
    /// Those of reading and writing, and a failure of the function that may pass.
    pub(super) async fn take_over(&self, row: &Waiting, shaper: &dyn Shaper) -> Result<()> {
        let stored = self.store.get(&self.rows, vec![Value::Int(row.number)]).await.map_err(store_error)?;
        let now = self.now();
        let is_left = |row: &[Value]| is_held(row) && matches!(row[export::DUE_AT], Value::Int(due) if due <= now);
        let Some(stored) = stored.filter(|stored| is_left(&stored.values)) else { return Ok(()) };
        let mut entry = Entry { number: row.number, version: stored.version };
        if row.attempts >= MAKES {
            let state = Value::String(State::Failed.word().to_owned());
            let why = Value::String("whoever made its answer ended without a word, again and again".to_owned());
            return self
                .change(entry, vec![(export::STATE, state), (export::ERROR, why)])
                .await
                .map(drop)
                .map_err(store_error);
        }
        let due = Value::Int(later(now, self.times.held));
        let attempts = Value::Int((row.attempts + 1).into());
        if !self.change(entry, vec![(export::DUE_AT, due), (export::ATTEMPTS, attempts)]).await.map_err(store_error)? {
            return Ok(());
        }
        entry.version += 1;
        let Value::String(kept) = stored.values[export::ROW].clone() else {
            return Err(Error::internal("a row that is held has nothing to make its answer of"));
        };
        let outcome = if let Value::Int(outcome) = stored.values[export::OUTCOME] { outcome } else { 0 };
        match self.hold(&mut entry, shaper.shape(kept, outcome)).await {
            Ok(body) => {
                let state = Value::String(State::Pending.word().to_owned());
                let changes = vec![(export::STATE, state), (export::BODY, Value::String(body))];
                self.change(entry, changes).await.map(drop).map_err(store_error)
            }
            Err(error) if error.status() == 503 => Err(error),
            Err(error) => {
                let cause = error.chain();
                tracing::error!(
                    route = row.route,
                    cause,
                    "an answer could not be made after a crash: it is not exported"
                );
                self.remove(entry).await.map_err(store_error)
            }
        }
    }

    /// Removes rows that were held for jobs which have ended without an answer.
    pub(super) async fn remove_orphans(&self, target: i64) -> Result<Vec<Answered>, StoreError> {
        self.store.change_own(sql::ORPHANS, vec![Value::Int(target)], &[("number", ColumnType::Int)]).await
    }

    /// Changes a row in its version. False when it has another, or is gone.
    async fn change(&self, entry: Entry, changes: Vec<(usize, Value)>) -> Result<bool, StoreError> {
        let write = Member::update(&self.rows, vec![Value::Int(entry.number)], entry.version, changes, None);
        Ok(matches!(self.store.together(vec![write]).await?, Together::Stored(_)))
    }
}

/// Whether a row waits for its answer.
fn is_held(row: &[Value]) -> bool {
    matches!(&row[export::STATE], Value::String(state) if state == State::Held.word())
}
