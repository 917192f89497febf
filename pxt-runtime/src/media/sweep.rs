//! Deleting files that no row names.
//!
//! A file is younger than its row: it is published first, then the row is committed. So only files older than the longest
//! request are looked at, and one that is published again while we look is young again and stays. What is in use longer
//! than that is locked. Rows are asked twice: first without locks, since most files have a row, and nobody is to wait for
//! their sake. In a bucket, other nodes may use what one of them finds unreferenced: there files only move aside, and are
//! deleted by a later sweep that still finds no row (see `bucket::trash`).

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use futures_util::TryStreamExt;

use super::key::{Key, is_table};
use super::storage::Storage;
use super::{BoxError, MediaError, MediaStore};

/// How many keys are asked about at once.
const BATCH: usize = 500;

/// How many files are locked at once: each is open meanwhile.
const CLAIMS: usize = 50;

impl MediaStore {
    /// Deletes the files of a table that were published more than `age` ago, that nobody has pinned and that `referenced`
    /// does not name, and what uploads cut by a crash have left. In a bucket they can be
    /// read for another `age`. `age` has to exceed the time that a request or job can take. `referenced`
    /// gets keys and answers with those among them that rows hold. The number of files deleted.
    ///
    /// # Errors
    /// [`MediaError::Storage`], also for a failure of `referenced`; files not yet looked at stay.
    pub async fn sweep<F, Fut>(&self, table: &str, age: Duration, referenced: F) -> Result<u64, MediaError>
    where
        F: Fn(Vec<String>) -> Fut + Send,
        Fut: Future<Output = Result<HashSet<String>, BoxError>> + Send,
    {
        if !is_table(table) {
            return Ok(0);
        }
        let instant = SystemTime::now().checked_sub(age).unwrap_or(SystemTime::UNIX_EPOCH);
        let mut old = self.storage.older_than(table, instant);
        let mut deleted = 0;
        loop {
            let mut batch = Vec::new();
            while batch.len() < BATCH
                && let Some(key) = old.try_next().await?
            {
                // Before rows are asked: who unpins it later may have committed it after the answer.
                if !self.pins.is_pinned(&key) {
                    batch.push(key);
                }
            }
            if batch.is_empty() {
                break;
            }
            let kept = referenced(batch.clone()).await.map_err(MediaError::Storage)?;
            let unnamed: Vec<_> = batch.iter().filter(|key| !kept.contains(*key)).collect();
            for keys in unnamed.chunks(CLAIMS) {
                deleted += self.delete_old(keys, instant, &referenced).await?;
            }
        }
        match &*self.storage {
            Storage::Folder(local) => local.clear_leftovers(instant).await?,
            Storage::Bucket(bucket) => bucket.empty_trash(table, instant, referenced).await?,
        }
        Ok(deleted)
    }

    async fn delete_old<F, Fut>(&self, keys: &[&String], instant: SystemTime, referenced: &F) -> Result<u64, MediaError>
    where
        F: Fn(Vec<String>) -> Fut + Send,
        Fut: Future<Output = Result<HashSet<String>, BoxError>> + Send,
    {
        let mut claims = Vec::with_capacity(keys.len());
        for key in keys.iter().filter_map(|key| Key::parse(key)) {
            claims.extend(self.storage.claim(&key, instant).await?);
        }
        self.delete_unnamed(claims, referenced).await
    }
}
