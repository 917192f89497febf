//! What a local folder and a bucket have in common, and where they differ.
//!
//! Both keep whole files under names that are known at their end. A folder's file is locked while it is used or deleted (see
//! `lock`). A bucket has no locks: what it deletes can be undone (see `bucket::trash`), so nobody waits for anybody there.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use tokio::task;

use super::bucket::{self, Bucket};
use super::key::Key;
use super::local::{self, Age, Local};
use super::lock::Lock;
use super::pins::Grip;
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
    Folder(Local),
    Bucket(Arc<Bucket>),
}

/// A file that has its name.
pub(super) struct Stored {
    pub(super) grip: Grip,
    /// Whether it was not there before. A bucket does not tell.
    pub(super) is_new: bool,
}

/// A file to be deleted, which nobody else uses or deletes.
pub(super) struct Claim {
    key: String,
    /// None in a bucket.
    lock: Option<Lock>,
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
        Local::open(&local::folder(location)?).map(Self::Folder)
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
            Self::Folder(_) => Ok(()),
            Self::Bucket(bucket) => bucket.probe().await,
        }
    }

    pub(super) fn sweep_every(&self) -> Duration {
        match self {
            Self::Folder(_) => FOLDER_SWEEP,
            Self::Bucket(_) => BUCKET_SWEEP,
        }
    }

    /// Writes a file whole.
    pub(super) async fn put(&self, key: &Key<'_>, content: Bytes) -> Result<Stored, MediaError> {
        match self {
            Self::Folder(local) => local.put(key, content).await.map(Stored::in_folder),
            Self::Bucket(bucket) => {
                bucket.put(key, content.clone()).await?;
                Ok(Stored::in_bucket(Some(Content::Memory(content)), true))
            }
        }
    }

    /// Begins a file whose name is not known yet.
    pub(super) async fn begin(&self) -> Result<Staged, MediaError> {
        Ok(match self {
            Self::Folder(local) => Staged::Folder(local.begin().await?),
            Self::Bucket(_) => Staged::Bucket(Spool::new().await?),
        })
    }

    /// Gives a completed upload its name.
    pub(super) async fn publish(&self, staged: Staged, key: &Key<'_>) -> Result<Stored, MediaError> {
        match (self, staged) {
            (Self::Folder(local), Staged::Folder(staged)) => local.publish(staged, key).await.map(Stored::in_folder),
            (Self::Bucket(bucket), Staged::Bucket(spool)) => {
                bucket.send(key, spool.clone()).await?;
                Ok(Stored::in_bucket(Some(Content::File(spool)), true))
            }
            _ => Err(MediaError::storage("an upload was begun in another storage")),
        }
    }

    /// Makes sure that a file is there, without making it young.
    pub(super) async fn find(&self, key: &Key<'_>) -> Result<Stored, MediaError> {
        match self {
            Self::Folder(local) => Ok(Stored::in_folder((local.hold(key, Age::Kept).await?, false))),
            Self::Bucket(bucket) => bucket.size(key).await.map(|_| Stored::in_bucket(None, false)),
        }
    }

    /// Makes sure that a file is there and stays for as long as a request takes.
    pub(super) async fn freshen(&self, key: &Key<'_>) -> Result<Stored, MediaError> {
        match self {
            Self::Folder(local) => Ok(Stored::in_folder((local.hold(key, Age::Renewed).await?, false))),
            Self::Bucket(bucket) => bucket.freshen(key).await.map(|()| Stored::in_bucket(None, false)),
        }
    }

    /// Gives a file a second name, which stays for as long as a request takes.
    pub(super) async fn copy(&self, from: &Key<'_>, to: &Key<'_>) -> Result<Stored, MediaError> {
        match self {
            Self::Folder(local) => local.copy(from, to).await.map(Stored::in_folder),
            Self::Bucket(bucket) => {
                let is_new = bucket.copy(from, to).await?;
                bucket.freshen(to).await.map(|()| Stored::in_bucket(None, is_new))
            }
        }
    }

    pub(super) async fn read(&self, key: &Key<'_>, range: Option<Range<u64>>) -> Result<Bytes, MediaError> {
        match self {
            Self::Folder(local) => local.read(key, range).await,
            Self::Bucket(bucket) => bucket.read(key, range).await,
        }
    }

    pub(super) async fn size(&self, key: &Key<'_>) -> Result<u64, MediaError> {
        match self {
            Self::Folder(local) => local.size(key).await,
            Self::Bucket(bucket) => bucket.size(key).await,
        }
    }

    pub(super) fn blocking_read(&self, key: &Key<'_>) -> Result<Bytes, MediaError> {
        match self {
            Self::Folder(local) => local.blocking_read(key),
            Self::Bucket(bucket) => bucket.blocking_read(key),
        }
    }

    pub(super) fn blocking_size(&self, key: &Key<'_>) -> Result<u64, MediaError> {
        match self {
            Self::Folder(local) => local.blocking_size(key),
            Self::Bucket(bucket) => bucket.blocking_size(key),
        }
    }

    /// Finds a file for an answer. `whole` says that all of it will be read, which saves a bucket a question.
    pub(super) async fn open_file(&self, key: &Key<'_>, whole: bool) -> Result<Opened, MediaError> {
        Ok(match self {
            Self::Folder(local) => Opened::Folder(local.open_file(key).await?),
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
            Self::Folder(local) => local.older_than(table, instant),
            Self::Bucket(bucket) => bucket.older_than(table, instant),
        }
    }

    /// Claims a file for its deletion. None when somebody uses or deletes it, and when it has become younger than an instant.
    pub(super) async fn claim(&self, key: &Key<'_>, instant: SystemTime) -> Result<Option<Claim>, MediaError> {
        let claim = |lock| Claim { key: key.as_str().to_owned(), lock };
        match self {
            Self::Folder(local) => Ok(local.claim(key, instant).await?.map(|lock| claim(Some(lock)))),
            Self::Bucket(_) => Ok(Some(claim(None))),
        }
    }

    /// Deletes a file of a folder; moves one of a bucket aside. True when the file is gone.
    pub(super) async fn retire(&self, claim: Claim) -> Result<bool, MediaError> {
        let key = super::parsed(&claim.key)?;
        match self {
            Self::Folder(local) => local.delete(&key, claim.lock).await,
            Self::Bucket(bucket) => bucket.retire(&key).await,
        }
    }
}

impl Stored {
    fn in_folder((lock, is_new): (Lock, bool)) -> Self {
        Self { grip: Grip { lock: Some(lock), content: None }, is_new }
    }

    fn in_bucket(content: Option<Content>, is_new: bool) -> Self {
        Self { grip: Grip { lock: None, content }, is_new }
    }
}

impl Claim {
    pub(super) fn key(&self) -> &str {
        &self.key
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
