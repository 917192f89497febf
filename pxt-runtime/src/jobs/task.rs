//! What a route sees of a job that it does, and how it commits.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::lease::Lease;
use super::record::Committed;
use crate::error::Result;
use crate::store::Outcome;
use crate::table::{Commit, Keep, WriteSet};
use crate::value::Media;

/// A job at work, as its route sees it.
pub(crate) struct Task {
    lease: Arc<Lease>,
    request: String,
    committed: Option<Committed>,
}

impl Task {
    pub(super) fn new(lease: Arc<Lease>, request: String, committed: Option<Committed>) -> Self {
        Self { lease, request, committed }
    }

    /// The job's id.
    pub(crate) fn id(&self) -> Uuid {
        self.lease.id
    }

    /// What the request said, as the route wrote it down.
    pub(crate) fn request(&self) -> &str {
        &self.request
    }

    /// What an earlier attempt committed; the job goes on behind it.
    pub(crate) fn committed(&self) -> Option<&Committed> {
        self.committed.as_ref()
    }

    /// What commits the row that the job is about, in the same transaction as the job's own row, so that it is stored once; with it, what is to
    /// be kept of the row.
    pub(crate) fn commit<'t>(&'t self, keep: Option<Keep<'t>>) -> JobCommit<'t> {
        JobCommit { lease: &self.lease, keep }
    }

    /// Whether the commit has ended the job, with its result: nobody asks for another one.
    pub(crate) fn has_ended(&self) -> bool {
        self.lease.is_finished()
    }

    /// Keeps files that the result names, and no row, for as long as the job is kept.
    pub(crate) fn keep_files(&self, files: impl IntoIterator<Item = Media>) {
        self.lease.keep_files(files);
    }
}

/// The commit of a job at work.
pub(crate) struct JobCommit<'t> {
    lease: &'t Lease,
    keep: Option<Keep<'t>>,
}

impl Commit for JobCommit<'_> {
    fn keep(&self) -> Option<Keep<'_>> {
        self.keep
    }

    /// # Errors
    /// 503 `job_lost` when the job was cancelled or taken over, and nothing is stored; those of writing.
    fn commit(&self, set: WriteSet) -> BoxFuture<'_, Result<Vec<Outcome>>> {
        Box::pin(self.lease.commit(set))
    }
}
