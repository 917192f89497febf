//! The rows of jobs, as this node reads and writes them.

use std::sync::Arc;

use uuid::Uuid;

use super::clock::{self, Clock};
use super::record::{self, Record};
use super::room::{Part, Room};
use super::settings::{JobsConfig, Times};
use super::watchers::Watchers;
use super::{JobState, sql};
use crate::error::Error;
use crate::schema::ColumnType;
use crate::store::{Answered, JOB_FILES, JOBS, Store, StoreError, TableStatements, job};
use crate::value::Value;

/// The most parts of one statement that claims.
const PARTS: usize = 64;

/// The rows of jobs, the database's clock, and what is known of this node to whoever writes them.
pub(super) struct Records {
    pub(super) store: Store,
    pub(super) jobs: Arc<TableStatements>,
    pub(super) files: Arc<TableStatements>,
    pub(super) clock: Clock,
    /// Tells this node from others, and from itself before a restart.
    pub(super) node: Uuid,
    pub(super) config: JobsConfig,
    pub(super) times: Times,
    pub(super) watchers: Arc<Watchers>,
}

impl Records {
    /// Makes the tables where they are missing.
    ///
    /// # Errors
    /// Those of making tables.
    pub(super) async fn open(store: &Store, config: JobsConfig, times: Times) -> Result<Self, StoreError> {
        store.make_jobs().await?;
        Ok(Self {
            store: store.clone(),
            jobs: store.prepare(&JOBS),
            files: store.prepare(&JOB_FILES),
            clock: Clock::open(store).await?,
            node: Uuid::new_v4(),
            config,
            times,
            watchers: Arc::default(),
        })
    }

    /// Whether there are jobs that have not ended.
    pub(super) async fn are_some_left(&self) -> Result<bool, StoreError> {
        let rows = self.store.sql_now(sql::SOME, Vec::new(), &[("route", ColumnType::String)]).await?;
        Ok(!rows.is_empty())
    }

    /// The job as its row is now.
    pub(super) async fn read(&self, id: Uuid) -> Result<Option<Record>, StoreError> {
        let stored = self.store.get(&self.jobs, vec![Value::Uuid(id)]).await?;
        stored.map(Record::read).transpose()
    }

    /// Claims jobs for which there is room, by [`sql::claim`]. What was claimed, as its rows are then; and what failed, if not all could be
    /// asked for.
    pub(super) async fn claim(&self, room: &Room) -> (Vec<Answered>, Option<StoreError>) {
        let mut rows = Vec::new();
        for parts in room.parts.chunks(PARTS) {
            match self.claim_some(room.most.saturating_sub(rows.len()), parts).await {
                Ok(mut more) => rows.append(&mut more),
                Err(error) => return (rows, Some(error)),
            }
        }
        (rows, None)
    }

    async fn claim_some(&self, most: usize, parts: &[Part]) -> Result<Vec<Answered>, StoreError> {
        let now = self.clock.now();
        let count = |count: usize| Value::Int(i64::try_from(count).unwrap_or(i64::MAX));
        let end = record::at(clock::after(now, self.times.lease));
        let mut values = vec![record::at(now), Value::Uuid(self.node), end, count(most)];
        for part in parts {
            values.push(count(part.most));
            values.extend(part.routes.iter().map(|route| Value::String(route.as_ref().to_owned())));
        }
        let counts: Vec<_> = parts.iter().map(|part| part.routes.len()).collect();
        let text = sql::claim(&counts, self.store.skip_locked());
        self.store.change_own(&text, values, &sql::columns(sql::CLAIMED)).await
    }

    /// Ends a job that cannot be done, unless its row has another version.
    pub(super) async fn give_up(&self, id: Uuid, version: i64, error: &Error) -> Result<(), StoreError> {
        let mut changes = record::ended(JobState::Error, self.clock.now(), self.config.keep);
        changes.push((job::ERROR, Value::String(problem(error, id))));
        if self.store.update(&self.jobs, vec![Value::Uuid(id)], version, changes, None).await? {
            tracing::error!(job = %id, cause = error.chain(), "a job is given up");
            self.watchers.tell(id);
        }
        Ok(())
    }
}

/// The problem document of a job's failure.
pub(super) fn problem(error: &Error, id: Uuid) -> String {
    String::from_utf8(error.problem(&id.to_string())).unwrap_or_default()
}
