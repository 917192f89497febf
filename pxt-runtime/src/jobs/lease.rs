//! The right to work on a job: what its worker writes to the job's row, each time in the version that it knows.
//!
//! All that this node writes of a running job goes through the one lock here, so that its renewals never overtake its own
//! commit. When the row has another version all the same, somebody cancelled the job or took it over: the lease is over, and
//! nothing is written any more.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{Mutex as AsyncMutex, SetOnce};
use uuid::Uuid;

use super::record::{self, Changes};
use super::{JobState, Shared};
use crate::compute::{Context, Progress};
use crate::error::{Error, Result};
use crate::store::{Member, Outcome, StoreError, Together, job, store_error};
use crate::table::{Kept, WriteSet};
use crate::value::{Media, Value};

/// How often progress is written to the row.
const PROGRESS: Duration = Duration::from_secs(1);
/// How often a write that a change of our own overtook is tried again.
const ATTEMPTS: usize = 3;
/// The number of the first file of a result, beyond those of any request.
const OF_RESULT: i64 = 1 << 32;

/// The lease of a job that runs here.
pub(super) struct Lease {
    shared: Arc<Shared>,
    pub(super) id: Uuid,
    pub(super) route: Arc<str>,
    /// How often the job was started, this time included.
    pub(super) attempts: u32,
    held: AsyncMutex<Held>,
    told: Mutex<Told>,
    /// What the result names, and no row.
    files: Mutex<Vec<Media>>,
    /// Cancelled once the job is not ours any more.
    pub(super) context: Context,
    /// Set once the functions have returned, and what ends the job is under way; it may fail still.
    ends: SetOnce<()>,
}

struct Held {
    version: i64,
    renewed: Instant,
    over: bool,
    /// Whether the commit has finished the job too.
    finished: bool,
}

/// What functions said of their progress.
#[derive(Default)]
struct Told {
    last: Option<Progress>,
    is_new: bool,
    written: Option<Instant>,
}

impl Lease {
    pub(super) fn new(shared: &Arc<Shared>, id: Uuid, route: Arc<str>, attempts: u32, version: i64) -> Arc<Self> {
        Arc::new_cyclic(|this: &std::sync::Weak<Self>| {
            let this = this.clone();
            let context = Context::new(move |progress| {
                if let Some(lease) = this.upgrade() {
                    lease.tell(progress);
                }
            });
            let held = Held { version, renewed: Instant::now(), over: false, finished: false };
            Self {
                shared: shared.clone(),
                id,
                route,
                attempts,
                held: AsyncMutex::new(held),
                told: Mutex::default(),
                files: Mutex::default(),
                context,
                ends: SetOnce::new(),
            }
        })
    }

    fn tell(&self, progress: Progress) {
        let mut told = self.told();
        (told.last, told.is_new) = (Some(progress), true);
        drop(told);
        self.shared.watchers.tell(self.id);
    }

    pub(super) fn keep_files(&self, files: impl IntoIterator<Item = Media>) {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).extend(files);
    }

    /// The rows of the result's files.
    fn file_rows(&self) -> Vec<Member> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let row = |(number, file): (i64, &Media)| {
            let row = vec![Value::Uuid(self.id), Value::Int(number), Value::Media(file.clone())];
            Member::insert(&self.shared.files, row, None)
        };
        (OF_RESULT..).zip(&*files).map(row).collect()
    }

    /// What functions said last.
    pub(super) fn progress(&self) -> Option<Progress> {
        self.told().last.clone()
    }

    /// Waits until the job is not ours any more.
    pub(super) async fn ended(&self) {
        self.context.cancelled().await;
    }

    /// The functions have returned, and the job is about to be over.
    pub(super) fn ends(&self) {
        // It is set already when this is another attempt at it.
        let _ = self.ends.set(());
    }

    /// Waits until the job is about to be over.
    pub(super) async fn about_to_end(&self) {
        self.ends.wait().await;
    }

    pub(super) fn is_about_to_end(&self) -> bool {
        self.ends.initialized()
    }

    /// Tells functions and worker that the job is not ours any more.
    pub(super) fn end(&self) {
        self.context.cancel();
    }

    /// Stores a row of a table together with the job's own, or neither.
    ///
    /// # Errors
    /// 503 `job_lost` when the job is not ours any more; those of writing.
    pub(super) async fn commit(&self, set: WriteSet) -> Result<Outcome> {
        let mut held = self.held.lock().await;
        if held.over {
            return Err(lost());
        }
        let WriteSet { row, kept } = set;
        let finishes = matches!(kept, Some(Kept::Answer(_)));
        let mut changes = match kept {
            None => Vec::new(),
            Some(Kept::Row(text)) => vec![(job::ROW, Value::String(text))],
            Some(Kept::Answer(answer)) => self.with_progress(record::done(answer, self.shared.config.keep)),
        };
        changes.push((job::OUTCOME, Value::Null));
        let own = Member::update(&self.shared.jobs, vec![Value::Uuid(self.id)], held.version, changes, None);
        // A row that is not there in its version is worked on again.
        let may_miss = row.must_touch();
        if finishes && !may_miss {
            self.ends();
        }
        let written = self.shared.store.together(vec![row, own.with_outcome(job::OUTCOME, 0)]).await;
        match written.map_err(store_error)? {
            Together::Stored(outcomes) => {
                held.version += 1;
                held.finished = finishes;
                if finishes {
                    self.ends();
                }
                self.shared.watchers.tell(self.id);
                Ok(*outcomes.first().expect("each write comes to an outcome"))
            }
            Together::Missed(0) => Ok(Outcome::Missed),
            Together::Missed(_) => {
                held.over = true;
                self.end();
                Err(lost())
            }
        }
    }

    /// Renews the lease when it is old, and writes what functions said. Whatever the worker writes now does the same.
    pub(super) async fn keep(&self) -> Result<(), StoreError> {
        let Ok(mut held) = self.held.try_lock() else { return Ok(()) };
        let is_old = held.renewed.elapsed() >= self.shared.times.renew;
        let says = {
            let told = self.told();
            told.is_new && told.written.is_none_or(|written| written.elapsed() >= PROGRESS)
        };
        if held.over || held.finished || !(is_old || says) {
            return Ok(());
        }
        let due = record::later(Timestamp::now(), self.shared.times.lease);
        let changes = self.with_progress(vec![(job::DUE_AT, due)]);
        if self.write(&mut held, changes).await? {
            held.renewed = Instant::now();
        }
        Ok(())
    }

    /// Ends the job, unless its commit did.
    pub(super) async fn finish(&self, how: Finish) -> Result<(), StoreError> {
        let mut held = self.held.lock().await;
        if held.finished {
            return Ok(());
        }
        let keep = self.shared.config.keep;
        let mut files = Vec::new();
        let changes = match how {
            Finish::Done(result) => {
                files = self.file_rows();
                let mut changes = record::done(result, keep);
                if !files.is_empty() {
                    changes.push((job::FILES, Value::Int(i64::try_from(files.len()).unwrap_or(i64::MAX))));
                }
                self.with_progress(changes)
            }
            Finish::Error(problem) => {
                let mut changes = record::ended(JobState::Error, keep);
                changes.push((job::ERROR, Value::String(problem)));
                self.with_progress(changes)
            }
            Finish::Later(after) => record::waits(record::after(after), self.attempts),
        };
        held.finished = self.write_with(&mut held, changes, files).await?;
        self.shared.watchers.tell(self.id);
        Ok(())
    }

    /// Hands the job back as if this attempt had not been; it may start again so much later, or has the turn that it had by its
    /// submission.
    pub(super) async fn hand_back(&self, after: Option<Duration>) -> Result<(), StoreError> {
        let due = after.map_or_else(|| record::submitted(self.id), record::after);
        self.end();
        let mut held = self.held.lock().await;
        if !held.finished && self.write(&mut held, record::waits(due, self.attempts - 1)).await? {
            tracing::info!(job = %self.id, route = &*self.route, "a job is handed back");
        }
        held.over = true;
        self.shared.watchers.tell(self.id);
        Ok(())
    }

    async fn write(&self, held: &mut Held, changes: Changes) -> Result<bool, StoreError> {
        self.write_with(held, changes, Vec::new()).await
    }

    /// Writes to the job's row as long as it is ours, and other rows with it. What we wrote without hearing of it is ours too.
    async fn write_with(&self, held: &mut Held, changes: Changes, rows: Vec<Member>) -> Result<bool, StoreError> {
        let Shared { store, jobs, node, .. } = &*self.shared;
        for _ in 0..ATTEMPTS {
            if held.over {
                return Ok(false);
            }
            let (key, changes) = (vec![Value::Uuid(self.id)], changes.clone());
            let written = if rows.is_empty() {
                store.update(jobs, key, held.version, changes, None).await?
            } else {
                let own = Member::update(jobs, key, held.version, changes, None);
                let all = std::iter::once(own).chain(rows.iter().cloned()).collect();
                match store.together(all).await {
                    Ok(stored) => matches!(stored, Together::Stored(_)),
                    // Another node has finished the job, and its files are there.
                    Err(StoreError::Duplicate { .. }) => false,
                    Err(error) => return Err(error),
                }
            };
            if written {
                held.version += 1;
                return Ok(true);
            }
            match self.shared.read(self.id).await? {
                Some(record) if record.is_held(*node, self.attempts) => held.version = record.version,
                _ => break,
            }
        }
        tracing::debug!(job = %self.id, route = &*self.route, "a job was cancelled, or taken over by another node");
        held.over = true;
        self.end();
        Ok(false)
    }

    /// The changes, with what functions said since it was last written.
    fn with_progress(&self, mut changes: Changes) -> Changes {
        let mut told = self.told();
        if told.is_new
            && let Ok(text) = serde_json::to_string(&told.last)
        {
            (told.is_new, told.written) = (false, Some(Instant::now()));
            changes.push((job::PROGRESS, Value::String(text)));
        }
        changes
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How an attempt ends.
pub(super) enum Finish {
    /// With the job's result.
    Done(String),
    /// With the problem document of a failure that stays.
    Error(String),
    /// With another attempt, so much later.
    Later(Duration),
}

fn lost() -> Error {
    Error::new(503, "job_lost", "the job was cancelled or taken over: nothing was stored")
}
