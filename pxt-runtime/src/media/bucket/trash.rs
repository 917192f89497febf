//! How objects that no row names leave a bucket that several nodes share.
//!
//! A name is its content's hash, so two requests on two nodes may hold the same object: one fails or sweeps and finds no row,
//! while the other one has found the object there, or sent it anew, and is about to commit its row. No bucket can delete on
//! the condition that nobody has looked. So deleting is made harmless instead, in two steps at least an hour apart:
//!
//! 1. *Aside.* The object is copied to `.trash/{key}/{a new uuid}`, then its name is deleted. Readers who miss a name look
//!    aside before they answer that there is nothing, so the content can be read all the time.
//! 2. *Away.* A copy older than an hour is looked at again: if a row names its key by now, and the name is not there, it is
//!    copied back; then the copy is deleted.
//!
//! Whoever held the object had seen or written it before its name was deleted, and commits within the time that a request
//! takes, which is less than the hour: so the second step finds the row, and the content is lost in no order of these events.
//! Each copy has a name of its own and is written once, so its age is exact and two sweeps at once do not touch each
//! other's. Nor has a file that is stored again to be made young. What this needs of a bucket is that it shows what was
//! written (S3, its relatives, Google's and Azure's do), and clocks that agree to some minutes.

use std::collections::HashSet;
use std::time::SystemTime;

use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{Error, ObjectMeta, ObjectStoreExt};
use uuid::Uuid;

use super::Bucket;
use super::failure::unavailable;
use crate::media::key::Key;
use crate::media::{BoxError, MediaError};

const TRASH: &str = ".trash";

/// How many keys are asked about at once.
const BATCH: usize = 500;

impl Bucket {
    /// The first step. False when the object was not there.
    pub(in crate::media) async fn retire(&self, key: &Key<'_>) -> Result<bool, MediaError> {
        let named = self.path(key.as_str());
        let aside = self.trash(key.as_str()).join(Uuid::new_v4().to_string());
        match self.objects.copy(&named, &aside).await {
            Ok(()) => {}
            // Another node was faster.
            Err(Error::NotFound { .. }) => return Ok(false),
            Err(error) => return Err(unavailable(error)),
        }
        self.delete(&named).await?;
        Ok(true)
    }

    /// The second step, for all copies of a table's objects that were made before an instant.
    pub(in crate::media) async fn empty_trash<F, Fut>(
        &self,
        table: &str,
        instant: SystemTime,
        referenced: F,
    ) -> Result<(), MediaError>
    where
        F: Fn(Vec<String>) -> Fut + Send,
        Fut: Future<Output = Result<HashSet<String>, BoxError>> + Send,
    {
        let copies = self.list(&self.trash(table));
        let mut old = copies.try_filter(|copy| std::future::ready(SystemTime::from(copy.last_modified) <= instant));
        loop {
            let mut batch = Vec::new();
            while batch.len() < BATCH
                && let Some(copy) = old.try_next().await?
            {
                if let Some(key) = self.key_of(&copy.location) {
                    batch.push((key, copy.location));
                }
            }
            if batch.is_empty() {
                return Ok(());
            }
            let keys = batch.iter().map(|(key, _)| key.clone()).collect();
            let kept = referenced(keys).await.map_err(MediaError::Storage)?;
            for (key, copy) in batch {
                if kept.contains(&key) {
                    self.bring_back(&key, &copy).await?;
                }
                self.delete(&copy).await?;
            }
        }
    }

    /// Where a copy of an object is that lost its name.
    pub(super) async fn aside(&self, key: &Key<'_>) -> Result<Option<Path>, MediaError> {
        let mut copies = self.list(&self.trash(key.as_str()));
        Ok(copies.try_next().await?.map(|copy| copy.location))
    }

    async fn bring_back(&self, key: &str, copy: &Path) -> Result<(), MediaError> {
        if self.has(&crate::media::parsed(key)?).await? {
            return Ok(());
        }
        match self.objects.copy(copy, &self.path(key)).await {
            // Another node has brought it back and deleted the copy.
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }

    async fn delete(&self, path: &Path) -> Result<(), MediaError> {
        match self.objects.delete(path).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }

    fn list(&self, folder: &Path) -> BoxStream<'static, Result<ObjectMeta, MediaError>> {
        self.objects.list(Some(folder)).map_err(unavailable).fuse().boxed()
    }

    fn trash(&self, key: &str) -> Path {
        key.split('/').fold(self.prefix.clone().join(TRASH), |path, part| path.join(part))
    }

    /// The key whose copy this is.
    fn key_of(&self, copy: &Path) -> Option<String> {
        let folder = self.prefix.clone().join(TRASH);
        let mut parts = copy.prefix_match(&folder)?;
        let key = format!("{}/{}", parts.next()?.as_ref(), parts.next()?.as_ref());
        Key::parse(&key).is_some().then_some(key)
    }
}
