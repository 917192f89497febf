//! What a local folder and a bucket have in common, and where they differ.
//!
//! Both keep whole files under names that are known at their end. A folder's file is deleted under a lock of this process
//! (`gate`), which is enough since a folder has one process. A bucket has many, and no lock: what it deletes can be undone
//! (see `bucket::trash`), so nobody waits for anybody there.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};
use tokio::task;

use super::bucket::{self, Bucket};
use super::key::Key;
use super::local::{self, Local};
use super::scheme::Scheme;
use super::spool::{Content, Spool};
use super::{MediaError, MediaOptions};
use crate::store::can_be_made;

/// How often files without a row are looked for. Listing a folder costs nothing; a bucket's listing is paid for, by every
/// node.
const FOLDER_SWEEP: Duration = Duration::from_secs(10 * 60);
const BUCKET_SWEEP: Duration = Duration::from_secs(60 * 60);

/// Where the files of a service are.
pub(super) enum Storage {
    Folder {
        local: Local,
        /// Publishing a file takes it shared, deleting one exclusively, so that a file found unreferenced cannot be
        /// published again between that finding and its deletion.
        gate: Arc<RwLock<()>>,
    },
    Bucket(Arc<Bucket>),
}

/// A file on its way, longer than one part.
pub(super) enum Staged {
    Folder(local::Staged),
    Bucket(Arc<Spool>),
}

/// A file found for an answer.
pub(super) enum Opened {
    Folder(local::Opened),
    Bucket(Box<bucket::Opened>),
}

impl Storage {
    pub(super) fn open(location: &str, options: &MediaOptions) -> Result<Self, MediaError> {
        if let Some(scheme) = Scheme::of(location) {
            return Ok(Self::Bucket(Arc::new(Bucket::open(scheme, location, options)?)));
        }
        if !options.is_empty() {
            let text = "media options are for a bucket, and the media location is a folder: leave them out, or write a \
                        location such as `s3://bucket/prefix`";
            return Err(MediaError::Location(text.into()));
        }
        Ok(Self::Folder { local: Local::open(&local::folder(location)?)?, gate: Arc::default() })
    }

    /// Judges a location without a change of it. A bucket is not asked.
    pub(super) fn look(location: &str, options: &MediaOptions) -> Result<(), MediaError> {
        if Scheme::of(location).is_some() {
            return Self::open(location, options).map(drop);
        }
        let folder = local::folder(location)?;
        can_be_made(&folder).map_err(|cause| MediaError::Folder { folder, cause })
    }

    /// Asks a bucket whether it is there and takes files. A folder was asked when it was opened.
    pub(super) async fn probe(&self) -> Result<(), MediaError> {
        match self {
            Self::Folder { .. } => Ok(()),
            Self::Bucket(bucket) => bucket.probe().await,
        }
    }

    pub(super) fn sweep_every(&self) -> Duration {
        match self {
            Self::Folder { .. } => FOLDER_SWEEP,
            Self::Bucket(_) => BUCKET_SWEEP,
        }
    }

    /// Held while a file is published and pinned.
    pub(super) async fn publishing(&self) -> Option<OwnedRwLockReadGuard<()>> {
        match self {
            Self::Folder { gate, .. } => Some(gate.clone().read_owned().await),
            Self::Bucket(_) => None,
        }
    }

    /// Held while a file is looked at a last time and deleted.
    pub(super) async fn deleting(&self) -> Option<OwnedRwLockWriteGuard<()>> {
        match self {
            Self::Folder { gate, .. } => Some(gate.clone().write_owned().await),
            Self::Bucket(_) => None,
        }
    }

    /// Writes a file whole, over one of the same name. What can be read of it without asking storage.
    pub(super) async fn put(&self, key: &Key<'_>, content: Bytes) -> Result<Option<Content>, MediaError> {
        match self {
            Self::Folder { local, .. } => local.put(key, content).await.map(|()| None),
            Self::Bucket(bucket) => {
                bucket.put(key, content.clone()).await?;
                Ok(Some(Content::Memory(content)))
            }
        }
    }

    /// Begins a file whose name is not known yet.
    pub(super) async fn begin(&self) -> Result<Staged, MediaError> {
        Ok(match self {
            Self::Folder { local, .. } => Staged::Folder(local.begin().await?),
            Self::Bucket(_) => Staged::Bucket(Spool::new().await?),
        })
    }

    /// Gives a completed upload its name. What can be read of it without asking storage.
    pub(super) async fn publish(&self, staged: Staged, key: &Key<'_>) -> Result<Option<Content>, MediaError> {
        match (self, staged) {
            (Self::Folder { local, .. }, Staged::Folder(staged)) => local.publish(staged, key).await.map(|()| None),
            (Self::Bucket(bucket), Staged::Bucket(spool)) => {
                bucket.send(key, spool.clone()).await?;
                Ok(Some(Content::File(spool)))
            }
            _ => Err(MediaError::storage("an upload was begun in another storage")),
        }
    }

    /// Makes sure that a file stays for as long as a request takes.
    pub(super) async fn freshen(&self, key: &Key<'_>) -> Result<(), MediaError> {
        match self {
            Self::Folder { local, .. } => local.freshen(key).await,
            Self::Bucket(bucket) => bucket.freshen(key).await,
        }
    }

    /// Gives a file a second name. False when it was there.
    pub(super) async fn copy(&self, from: &Key<'_>, to: &Key<'_>) -> Result<bool, MediaError> {
        match self {
            Self::Folder { local, .. } => local.copy(from, to).await,
            Self::Bucket(bucket) => bucket.copy(from, to).await,
        }
    }

    pub(super) async fn read(&self, key: &Key<'_>, range: Option<Range<u64>>) -> Result<Bytes, MediaError> {
        match self {
            Self::Folder { local, .. } => local.read(key, range).await,
            Self::Bucket(bucket) => bucket.read(key, range).await,
        }
    }

    pub(super) async fn size(&self, key: &Key<'_>) -> Result<u64, MediaError> {
        match self {
            Self::Folder { local, .. } => local.size(key).await,
            Self::Bucket(bucket) => bucket.size(key).await,
        }
    }

    pub(super) fn blocking_read(&self, key: &Key<'_>) -> Result<Bytes, MediaError> {
        match self {
            Self::Folder { local, .. } => local.blocking_read(key),
            Self::Bucket(bucket) => bucket.blocking_read(key),
        }
    }

    pub(super) fn blocking_size(&self, key: &Key<'_>) -> Result<u64, MediaError> {
        match self {
            Self::Folder { local, .. } => local.blocking_size(key),
            Self::Bucket(bucket) => bucket.blocking_size(key),
        }
    }

    /// Finds a file for an answer. `whole` says that all of it will be read, which saves a bucket a question.
    pub(super) async fn open_file(&self, key: &Key<'_>, whole: bool) -> Result<Opened, MediaError> {
        Ok(match self {
            Self::Folder { local, .. } => Opened::Folder(local.open_file(key).await?),
            Self::Bucket(bucket) => Opened::Bucket(Box::new(bucket.clone().open_file(key, whole).await?)),
        })
    }

    /// The keys of a table's files that were last published before an instant.
    pub(super) fn older_than(
        &self,
        table: &str,
        instant: SystemTime,
    ) -> BoxStream<'static, Result<String, MediaError>> {
        match self {
            Self::Folder { local, .. } => local.older_than(table, instant),
            Self::Bucket(bucket) => bucket.older_than(table, instant),
        }
    }

    /// Deletes a file of a folder unless it has become younger than an instant; moves one of a bucket aside. `guard` is
    /// what [`deleting`](Self::deleting) gave. True when the file is gone.
    pub(super) async fn retire<G: Send + 'static>(
        &self,
        key: &Key<'_>,
        instant: SystemTime,
        guard: G,
    ) -> Result<bool, MediaError> {
        match self {
            Self::Folder { local, .. } => local.delete_older(key, instant, guard).await,
            Self::Bucket(bucket) => bucket.retire(key).await,
        }
    }
}

impl Staged {
    /// Takes the next part.
    pub(super) async fn write(&mut self, part: Bytes) -> Result<(), MediaError> {
        match self {
            Self::Folder(staged) => staged.write(part).await,
            Self::Bucket(spool) => spool.write(part).await,
        }
    }

    /// Removes what was written.
    pub(super) async fn abort(self) {
        if let Self::Folder(staged) = self
            && let Err(error) = staged.abort().await
        {
            tracing::warn!(%error, "an upload given up has left a file; it will be swept");
        }
    }
}

impl Opened {
    pub(super) fn size(&self) -> u64 {
        match self {
            Self::Folder(file) => file.size,
            Self::Bucket(object) => object.size,
        }
    }

    /// A part of the file, as a stream of chunks.
    pub(super) async fn stream(
        self,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes, MediaError>>, MediaError> {
        match self {
            Self::Folder(file) => Ok(file.stream(range)),
            Self::Bucket(object) => object.stream(range).await,
        }
    }
}

/// Runs file system calls where they may block.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, MediaError> + Send + 'static,
) -> Result<T, MediaError> {
    task::spawn_blocking(work).await.map_err(MediaError::storage)?
}
