//! Files of media columns: typed handles, the store that keeps them, and how they are served.
//!
//! A file's name is the hash of its content (`films.posters/9f86….png`), its type what its bytes say. A name that exists
//! is a whole file: content waits elsewhere until its name is known. What is particular to a local folder is in `local`, to a
//! bucket in `bucket`; `storage` is what both can do.

mod access;
#[cfg_attr(not(feature = "_bucket"), path = "media/bucket/absent.rs")]
mod bucket;
#[cfg(feature = "images")]
mod budget;
mod discard;
mod error;
mod format;
mod handle;
mod key;
mod local;
mod lock;
mod options;
#[cfg_attr(not(feature = "images"), path = "media/picture/absent.rs")]
mod picture;
mod pins;
mod scheme;
mod serve;
mod settle;
mod spool;
mod storage;
mod sweep;
mod upload;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;

pub use error::{BoxError, MediaError};
pub(crate) use format::extensions;
#[cfg(feature = "images")]
pub use handle::Image;
pub use handle::{AnyMedia, Audio, Document, Video};
pub use options::MediaOptions;
pub(crate) use picture::{DropGuard, Row, RowImages, give_back, limit_images};
#[cfg(feature = "images")]
pub(crate) use picture::{SIDE, encoding};
pub use serve::ServeError;
pub(crate) use serve::none_match;
pub use upload::Upload;

use crate::schema::ColumnType;
use crate::value::{Media, MediaReader};
use key::Key;
use pins::Pins;
use storage::Storage;

/// The files of a service. Clones share one store.
#[derive(Clone)]
pub struct MediaStore {
    storage: Arc<Storage>,
    /// Neither the sweep nor a request that gives its files up deletes what another one uses.
    pins: Arc<Pins>,
    /// What the addresses of files begin with.
    public_url: Option<Arc<str>>,
    /// Whether clients are sent to the bucket for what they may read there.
    redirects: bool,
}

impl MediaStore {
    /// Opens the store at a folder (`media`, `/srv/media`), at a `file://` URL, or in a bucket (`s3://bucket/prefix`,
    /// `gs://bucket/prefix`, `az://container/prefix`). A folder is made when it is missing; a bucket is not asked yet:
    /// see [`probe`](Self::probe). Its credentials come from the environment, and from `options`, which stand above it.
    ///
    /// # Errors
    /// [`MediaError::Location`] when the text names no place or an option is wrong, [`MediaError::Folder`] when a folder
    /// cannot be made or written to.
    pub fn open(location: &str, options: &MediaOptions) -> Result<Self, MediaError> {
        let storage = Arc::new(Storage::open(location, options)?);
        Ok(Self { storage, pins: Arc::default(), public_url: None, redirects: false })
    }

    /// Judges a location without a change of it: a folder that is missing is not made, and a bucket not asked.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub(crate) fn look(location: &str, options: &MediaOptions) -> Result<(), MediaError> {
        Storage::look(location, options)
    }

    /// Asks a bucket whether it is there and takes files, for ten seconds at the most.
    ///
    /// # Errors
    /// [`MediaError::Bucket`], with what to do about it.
    pub async fn probe(&self) -> Result<(), MediaError> {
        self.storage.probe().await
    }

    /// With the address that clients use, so that handles know their URLs.
    #[must_use]
    pub fn with_public_url(self, url: Option<&str>) -> Self {
        Self { public_url: url.map(Arc::from), ..self }
    }

    /// With clients sent to the bucket for pictures, videos and sounds: see [`redirect`](Self::redirect).
    #[must_use]
    pub fn with_redirects(self, redirects: bool) -> Self {
        Self { redirects, ..self }
    }

    /// How long to wait between two sweeps.
    pub(crate) fn sweep_every(&self) -> Duration {
        self.storage.sweep_every()
    }

    /// Begins storing a file for a column of this type in this table.
    pub fn upload(&self, table: &str, ty: ColumnType) -> Upload {
        Upload::new(self.clone(), table, ty)
    }

    /// Stores a file that is in memory. It is pinned as by [`Upload::finish`].
    ///
    /// # Errors
    /// As [`Upload::write`] and [`Upload::finish`].
    pub async fn put(&self, table: &str, ty: ColumnType, bytes: Bytes) -> Result<Media, MediaError> {
        let mut upload = self.upload(table, ty);
        match upload.write(bytes).await {
            Ok(()) => upload.finish().await,
            Err(error) => {
                upload.abort().await;
                Err(error)
            }
        }
    }

    /// The same file, readable from this store.
    pub fn attach(&self, media: Media) -> Media {
        media.with_reader(Arc::new(self.clone()))
    }

    /// The address of a file: `/media/{key}`, after the public address when there is one.
    pub fn url(key: &str, public_url: Option<&str>) -> String {
        format!("{}/media/{key}", public_url.unwrap_or_default().trim_end_matches('/'))
    }
}

/// The most bytes of the address of a file of a table.
pub(crate) fn longest_url(table: &str, public_url: Option<&str>) -> usize {
    MediaStore::url(table, public_url).len() + key::longest_file()
}

impl MediaReader for MediaStore {
    fn read<'a>(&'a self, key: &'a str, range: Option<Range<u64>>) -> BoxFuture<'a, Result<Bytes, BoxError>> {
        Box::pin(async move {
            Ok(match self.pins.content(key) {
                Some(content) => content.read(range).await?,
                None => self.storage.read(&parsed(key)?, range).await?,
            })
        })
    }

    fn size<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<u64, BoxError>> {
        Box::pin(async move {
            Ok(match self.pins.content(key) {
                Some(content) => content.size(),
                None => self.storage.size(&parsed(key)?).await?,
            })
        })
    }

    fn blocking_read(&self, key: &str) -> Result<Bytes, BoxError> {
        Ok(match self.pins.content(key) {
            Some(content) => content.blocking_read()?,
            None => self.storage.blocking_read(&parsed(key)?)?,
        })
    }

    fn blocking_size(&self, key: &str) -> Result<u64, BoxError> {
        Ok(match self.pins.content(key) {
            Some(content) => content.size(),
            None => self.storage.blocking_size(&parsed(key)?)?,
        })
    }

    fn url(&self, key: &str) -> String {
        Self::url(key, self.public_url.as_deref())
    }
}

fn parsed(key: &str) -> Result<Key<'_>, MediaError> {
    Key::parse(key).ok_or(MediaError::Missing)
}

#[cfg(test)]
pub(crate) mod tests;
