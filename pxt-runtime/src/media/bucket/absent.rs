//! Stands where buckets would: none can be opened, so there is none to be asked.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::stream::BoxStream;

use super::key::Key;
use super::scheme::Scheme;
use super::spool::Spool;
use super::{BoxError, MediaError, MediaOptions};

/// No bucket.
pub(super) enum Bucket {}

/// No file of one.
pub(super) struct Opened {
    bucket: Bucket,
    pub(super) size: u64,
}

impl Bucket {
    pub(super) fn open(scheme: Scheme, _: &str, _: &MediaOptions) -> Result<Self, MediaError> {
        Err(scheme.missing())
    }

    pub(super) async fn probe(&self) -> Result<(), MediaError> {
        match *self {}
    }

    pub(super) async fn put(&self, _: &Key<'_>, _: Bytes) -> Result<(), MediaError> {
        match *self {}
    }

    pub(super) async fn send(&self, _: &Key<'_>, _: Arc<Spool>) -> Result<(), MediaError> {
        match *self {}
    }

    pub(super) async fn freshen(&self, _: &Key<'_>) -> Result<(), MediaError> {
        match *self {}
    }

    pub(super) async fn copy(&self, _: &Key<'_>, _: &Key<'_>) -> Result<bool, MediaError> {
        match *self {}
    }

    pub(super) async fn read(&self, _: &Key<'_>, _: Option<Range<u64>>) -> Result<Bytes, MediaError> {
        match *self {}
    }

    pub(super) async fn size(&self, _: &Key<'_>) -> Result<u64, MediaError> {
        match *self {}
    }

    pub(super) fn blocking_read(&self, _: &Key<'_>) -> Result<Bytes, MediaError> {
        match *self {}
    }

    pub(super) fn blocking_size(&self, _: &Key<'_>) -> Result<u64, MediaError> {
        match *self {}
    }

    pub(super) async fn open_file(self: Arc<Self>, _: &Key<'_>, _: bool) -> Result<Opened, MediaError> {
        match *self {}
    }

    pub(super) async fn signed(&self, _: &Key<'_>, _: Duration) -> Result<Option<url::Url>, MediaError> {
        match *self {}
    }

    pub(super) fn older_than(&self, _: &str, _: SystemTime) -> BoxStream<'static, Result<String, MediaError>> {
        match *self {}
    }

    pub(super) async fn retire(&self, _: &Key<'_>) -> Result<bool, MediaError> {
        match *self {}
    }

    pub(super) async fn empty_trash<F, Fut>(&self, _: &str, _: SystemTime, _: F) -> Result<(), MediaError>
    where
        F: Fn(Vec<String>) -> Fut + Send,
        Fut: Future<Output = Result<HashSet<String>, BoxError>> + Send,
    {
        match *self {}
    }
}

impl Opened {
    pub(super) async fn stream(
        self,
        _: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes, MediaError>>, MediaError> {
        match self.bucket {}
    }
}
