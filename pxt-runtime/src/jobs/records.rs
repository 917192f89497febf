//! The rows of jobs, as this node reads and writes them.

use std::sync::Arc;

use uuid::Uuid;

use super::JobState;
use super::clock::Clock;
use super::record::{self, Record};
use super::settings::{JobsConfig, Times};
use super::watchers::Watchers;
use crate::error::Error;
use crate::store::{JOB_FILES, JOBS, Store, StoreError, TableStatements, job};
use crate::value::Value;

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
        store.make_own().await?;
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

    /// The job as its row is now.
    pub(super) async fn read(&self, id: Uuid) -> Result<Option<Record>, StoreError> {
        let stored = self.store.get(&self.jobs, vec![Value::Uuid(id)]).await?;
        stored.map(Record::read).transpose()
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
