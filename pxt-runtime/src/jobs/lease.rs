//! The right to work on a job: what this node writes to the job's row, each time in the version that it knows.
//!
//! All of these writes go through the one lock here. When the row has another version than ours, somebody cancelled the job or took it over:
//! the lease is lost, and nothing is written any more. Only the renewal, which the keeper does for all leases at once, leaves the version.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::Mutex as AsyncMutex;
use uuid::Uuid;

use super::JobState;
use super::clock::{self, after};
use super::record::{self, Changes};
use super::records::Records;
use super::slot::{Alone, Slot};
use super::told::Told;
use crate::compute::{Context, Progress};
use crate::error::{Error, Result};
use crate::store::{Member, Outcome, StoreError, Together, job, store_error};
use crate::table::{Kept, WriteSet};
use crate::value::{Media, Value};

/// How often a write is tried that a change of our own has overtaken.
const WRITES: usize = 3;
/// A job is tried alone once so many of its attempts were ended by nobody: it may be what ended the process.
const SUSPECTED: u32 = 2;
/// The number of the first file of a result, beyond those of any request.
const OF_RESULT: i64 = 1 << 32;

/// The lease of a job that this node has claimed.
pub(super) struct Lease {
    records: Arc<Records>,
    pub(super) id: Uuid,
    pub(super) route: Arc<str>,
    /// How often the job was started, this time included.
    pub(super) attempts: u32,
    /// How many of the attempts before nobody ended.
    pub(super) crashes: u32,
    /// When the job was started here, by both clocks.
    started: OnceLock<(Instant, Timestamp)>,
    /// The second keeps others from being started beside the job.
    slot: Mutex<Option<(Slot, Option<Alone>)>>,
    held: AsyncMutex<Held>,
    /// Whether the row says that the job runs.
    marked: AtomicBool,
    /// Whether the row says how the job ended.
    finished: AtomicBool,
    told: Told,
    /// What the result names, and no row.
    files: Mutex<Vec<Media>>,
    /// Cancelled once the job is not ours any more.
    pub(super) context: Context,
}

struct Held {
    version: i64,
    /// Whether the job is not ours any more.
    is_lost: bool,
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

impl Lease {
    /// Of a job that was started so often before.
    pub(super) fn new(
        records: &Arc<Records>,
        id: Uuid,
        route: Arc<str>,
        attempts: u32,
        crashes: u32,
        version: i64,
    ) -> Arc<Self> {
        Arc::new_cyclic(|this: &Weak<Self>| {
            let this = this.clone();
            let context = Context::new(move |progress| {
                if let Some(lease) = this.upgrade() {
                    lease.tell(progress);
                }
            });
            Self {
                records: records.clone(),
                id,
                route,
                attempts: attempts + 1,
                crashes,
                started: OnceLock::new(),
                slot: Mutex::default(),
                held: AsyncMutex::new(Held { version, is_lost: false }),
                marked: AtomicBool::new(false),
                finished: AtomicBool::new(false),
                told: Told::default(),
                files: Mutex::default(),
                context,
            }
        })
    }

    /// The job is started in a slot.
    pub(super) fn start(&self, mut slot: Slot, alone: Option<Alone>) {
        slot.start();
        // Once: an attempt is started by whoever has it.
        let _ = self.started.set((Instant::now(), self.records.clock.now()));
        *lock(&self.slot) = Some((slot, alone));
    }

    /// How many attempts have failed when this one has.
    pub(super) fn failures(&self) -> u32 {
        self.attempts.saturating_sub(self.crashes)
    }

    /// Whether the job may be what ended the process that ran it.
    pub(super) fn is_suspected(&self) -> bool {
        self.crashes >= SUSPECTED
    }

    /// Whether nothing is to begin beside the job: it may end the process, and has not run for long.
    pub(super) fn is_to_be_alone(&self) -> bool {
        self.is_suspected() && self.started.get().is_none_or(|(since, _)| since.elapsed() < self.records.times.alone.1)
    }

    /// When the job was started here.
    pub(super) fn started_at(&self) -> Option<Timestamp> {
        self.started.get().map(|(_, time)| *time)
    }

    /// Gives the slot back: the function has returned, or nobody waits for it any more.
    pub(super) fn free_slot(&self) {
        let slot = lock(&self.slot).take();
        drop(slot);
    }

    /// Tells functions and whoever runs them that the job is not ours any more, and gives the slot back, whatever the functions do.
    pub(super) fn end(&self) {
        self.context.cancel();
        self.free_slot();
    }

    /// Waits until the job is not ours any more.
    pub(super) async fn ended(&self) {
        self.context.cancelled().await;
    }

    /// Whether the row says how the job ended.
    pub(super) fn is_finished(&self) -> bool {
        self.finished.load(Ordering::Acquire)
    }

    pub(super) fn is_marked(&self) -> bool {
        self.marked.load(Ordering::Acquire)
    }

    /// The row says that the job runs.
    pub(super) fn set_marked(&self) {
        self.marked.store(true, Ordering::Release);
    }

    /// Whether the job was started, and its row says that it waits.
    pub(super) fn is_to_be_marked(&self) -> bool {
        self.started.get().is_some() && !self.is_marked()
    }

    fn tell(&self, progress: Progress) {
        self.told.tell(progress);
        self.records.watchers.tell(self.id);
    }

    /// What functions said last.
    pub(super) fn progress(&self) -> Option<Progress> {
        self.told.last()
    }

    pub(super) fn keep_files(&self, files: impl IntoIterator<Item = Media>) {
        lock(&self.files).extend(files);
    }

    /// The rows of the result's files.
    fn file_rows(&self) -> Vec<Member> {
        let files = lock(&self.files);
        let row = |(number, file): (i64, &Media)| {
            let row = vec![Value::Uuid(self.id), Value::Int(number), Value::Media(file.clone())];
            Member::insert(&self.records.files, row, None)
        };
        (OF_RESULT..).zip(&*files).map(row).collect()
    }

    /// Stores a set together with the job's own row, or neither. What the members of the set came to.
    ///
    /// # Errors
    /// 503 `job_lost` when the job is not ours any more; those of writing.
    pub(super) async fn commit(&self, set: WriteSet) -> Result<Vec<Outcome>> {
        let mut held = self.held.lock().await;
        if held.is_lost {
            return Err(lost());
        }
        let WriteSet { mut members, kept, .. } = set;
        let finishes = matches!(kept, Some(Kept::Answer(_)));
        let mut changes = match kept {
            None => Vec::new(),
            Some(Kept::Row(text)) => vec![(job::ROW, Value::String(text))],
            Some(Kept::Answer(answer)) => {
                let now = self.records.clock.now();
                self.with_start(self.with_progress(record::done(answer, now, self.records.config.keep)))
            }
        };
        changes.push((job::OUTCOME, Value::Null));
        let own = Member::update(&self.records.jobs, vec![Value::Uuid(self.id)], held.version, changes, None);
        // Its functions have returned. A row that is not there in its version is worked on again, though.
        if finishes && members.iter().all(|member| !member.must_touch()) {
            self.free_slot();
        }
        members.push(own.with_outcome(job::OUTCOME, 0));
        let written = self.records.store.together(members).await;
        match written.map_err(store_error)? {
            Together::Stored(mut outcomes) => {
                held.version += 1;
                self.finished.store(finishes, Ordering::Release);
                self.records.watchers.tell(self.id);
                // Its own is nobody else's business.
                outcomes.pop();
                Ok(outcomes)
            }
            Together::Missed(0) => Ok(vec![Outcome::Missed]),
            Together::Missed(_) => {
                held.is_lost = true;
                self.end();
                Err(lost())
            }
        }
    }

    /// Marks a job that has run for a while as running, and writes what functions said. A write that is under way comes first.
    pub(super) async fn write_down(&self) -> Result<(), StoreError> {
        let Some((since, started)) = self.started.get() else { return Ok(()) };
        if !self.is_to_be_alone()
            && let Some((_, alone)) = &mut *lock(&self.slot)
        {
            *alone = None;
        }
        let Ok(mut held) = self.held.try_lock() else { return Ok(()) };
        let marks = !self.is_marked() && since.elapsed() >= self.records.times.mark;
        let says = self.told.is_due();
        if held.is_lost || self.is_finished() || !(marks || says) {
            return Ok(());
        }
        let mut changes = Vec::new();
        if !self.is_marked() {
            changes = record::running(*started, self.attempts);
        }
        if self.write(&mut held, self.with_progress(changes)).await? {
            self.set_marked();
            self.records.watchers.tell(self.id);
        }
        Ok(())
    }

    /// Looks whether the job is ours still, which a renewal said it is not. Its end may have been written since.
    pub(super) async fn look(&self) -> Result<(), StoreError> {
        let mut held = self.held.lock().await;
        if held.is_lost || self.is_finished() {
            return Ok(());
        }
        match self.records.read(self.id).await? {
            Some(record) if record.is_held(self.records.node, self.attempts) => held.version = record.version,
            _ => self.lose(&mut held),
        }
        Ok(())
    }

    /// This node has claimed the job again, as its lease had ended, which made this version of a row that has been started so often. It goes
    /// on unless somebody else has started it, by the rule of [`Record::is_held`](record::Record::is_held). False when it does not, and is over.
    pub(super) async fn claimed_again(&self, version: i64, attempts: u32) -> bool {
        let mut held = self.held.lock().await;
        let goes_on = !held.is_lost && !self.is_finished() && attempts <= self.attempts;
        if goes_on {
            // Claimed jobs are pending.
            held.version = version;
            self.marked.store(false, Ordering::Release);
        } else {
            self.lose(&mut held);
        }
        goes_on
    }

    /// Marks a job as running before it is started: it may be what ended the process, and is to be blamed if it does so again.
    pub(super) async fn mark(&self) -> Result<(), StoreError> {
        let mut held = self.held.lock().await;
        let changes = record::running(self.records.clock.now(), self.attempts);
        if self.write(&mut held, changes).await? {
            self.set_marked();
            self.records.watchers.tell(self.id);
        }
        Ok(())
    }

    /// Ends the job, unless its commit did.
    pub(super) async fn finish(&self, how: Finish) -> Result<(), StoreError> {
        let mut held = self.held.lock().await;
        if self.is_finished() {
            return Ok(());
        }
        let (now, keep) = (self.records.clock.now(), self.records.config.keep);
        let mut files = Vec::new();
        let changes = match how {
            Finish::Done(result) => {
                files = self.file_rows();
                let mut changes = record::done(result, now, keep);
                if !files.is_empty() {
                    changes.push((job::FILES, Value::Int(i64::try_from(files.len()).unwrap_or(i64::MAX))));
                }
                self.with_start(self.with_progress(changes))
            }
            Finish::Error(problem) => {
                let mut changes = record::ended(JobState::Error, now, keep);
                changes.push((job::ERROR, Value::String(problem)));
                self.with_start(self.with_progress(changes))
            }
            Finish::Later(pause) => self.with_start(record::waits(after(now, pause))),
        };
        let finished = self.write_with(&mut held, changes, files).await?;
        self.finished.store(finished, Ordering::Release);
        self.records.watchers.tell(self.id);
        Ok(())
    }

    /// Hands the job back as if this attempt had not been; it may start again so much later, or has the turn that it had by its
    /// submission.
    pub(super) async fn hand_back(&self, pause: Option<Duration>) -> Result<(), StoreError> {
        let due = pause.map_or_else(|| clock::submitted(self.id), |pause| after(self.records.clock.now(), pause));
        self.end();
        let mut held = self.held.lock().await;
        let mut changes = record::waits(due);
        if let Some(started) = self.started_at() {
            changes.extend(record::started(started, self.attempts - 1));
        } else if self.is_marked() {
            changes.push((job::ATTEMPTS, Value::Int((self.attempts - 1).into())));
        }
        if !self.is_finished() && self.write(&mut held, changes).await? {
            tracing::debug!(job = %self.id, route = &*self.route, "a job is handed back");
        }
        held.is_lost = true;
        self.records.watchers.tell(self.id);
        Ok(())
    }

    async fn write(&self, held: &mut Held, changes: Changes) -> Result<bool, StoreError> {
        self.write_with(held, changes, Vec::new()).await
    }

    /// Writes to the job's row as long as it is ours, and other rows with it. What we wrote without hearing of it is ours too.
    async fn write_with(&self, held: &mut Held, changes: Changes, rows: Vec<Member>) -> Result<bool, StoreError> {
        let Records { store, jobs, node, .. } = &*self.records;
        for _ in 0..WRITES {
            if held.is_lost {
                return Ok(false);
            }
            let own = Member::update(jobs, vec![Value::Uuid(self.id)], held.version, changes.clone(), None);
            let all = std::iter::once(own).chain(rows.iter().cloned()).collect();
            match store.together(all).await {
                Ok(Together::Stored(_)) => {
                    held.version += 1;
                    return Ok(true);
                }
                // Another node has finished the job, and its files are there.
                Ok(Together::Missed(_)) | Err(StoreError::Duplicate { .. }) => {}
                Err(error) => return Err(error),
            }
            match self.records.read(self.id).await? {
                Some(record) if record.is_held(*node, self.attempts) => held.version = record.version,
                _ => break,
            }
        }
        self.lose(held);
        Ok(false)
    }

    fn lose(&self, held: &mut Held) {
        tracing::debug!(job = %self.id, route = &*self.route, "a job was cancelled, or taken over by another node");
        held.is_lost = true;
        self.end();
    }

    /// The changes, with when the job was started and how often, which the row does not say before the job is marked as running.
    fn with_start(&self, mut changes: Changes) -> Changes {
        if let Some(started) = self.started_at().filter(|_| !self.is_marked()) {
            changes.extend(record::started(started, self.attempts));
        }
        changes
    }

    /// The changes, with what functions said since it was last written.
    fn with_progress(&self, mut changes: Changes) -> Changes {
        changes.extend(self.told.take().map(|text| (job::PROGRESS, Value::String(text))));
        changes
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lost() -> Error {
    Error::new(503, "job_lost", "the job was cancelled or taken over: nothing was stored")
}
