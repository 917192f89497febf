//! Files of media columns: typed handles, the store that keeps them, and how they are served.
//!
//! A file's name is the hash of its content (`films.posters/9f86….png`), its type what its bytes say. A name that exists
//! is a whole file: content is written elsewhere and renamed. What is particular to a local folder is in `local`.

mod access;
mod budget;
mod discard;
mod error;
mod format;
mod handle;
mod key;
mod local;
mod picture;
mod pins;
mod serve;
mod settle;
mod sweep;
mod upload;

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use tokio::sync::RwLock;

pub use error::{BoxError, MediaError};
pub(crate) use format::extensions;
pub use handle::{AnyMedia, Audio, Document, Image, Video};
pub(crate) use picture::SIDE;
pub use serve::ServeError;
pub(crate) use serve::none_match;
pub use upload::Upload;

use crate::schema::ColumnType;
use crate::value::{Media, MediaReader};
use key::Key;
use local::Local;
use pins::Pins;

/// The files of a service. Clones share one store.
#[derive(Clone)]
pub struct MediaStore {
    local: Arc<Local>,
    /// Publishing a file takes it shared, deleting one exclusively, so that a file found unreferenced cannot be
    /// published again between that finding and its deletion.
    gate: Arc<RwLock<()>>,
    /// Neither the sweep nor a request that gives its files up deletes what another one uses.
    pins: Arc<Pins>,
    /// What the addresses of files begin with.
    public_url: Option<Arc<str>>,
}

impl MediaStore {
    /// Opens the store at a folder (`media`, `/srv/media`) or a `file://` URL. The folder is made when it is missing.
    ///
    /// # Errors
    /// [`MediaError::Location`] when the text names no folder, [`MediaError::Folder`] when it cannot be made or written
    /// to.
    pub fn open(url: &str) -> Result<Self, MediaError> {
        let local = Arc::new(Local::open(&local::folder(url)?)?);
        Ok(Self { local, gate: Arc::default(), pins: Arc::default(), public_url: None })
    }

    /// With the address that clients use, so that handles know their URLs.
    #[must_use]
    pub fn with_public_url(self, url: Option<&str>) -> Self {
        Self { public_url: url.map(Arc::from), ..self }
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

impl MediaReader for MediaStore {
    fn read<'a>(&'a self, key: &'a str, range: Option<Range<u64>>) -> BoxFuture<'a, Result<Bytes, BoxError>> {
        Box::pin(async move { Ok(self.local.read(&Key::parse(key).ok_or(MediaError::Missing)?, range).await?) })
    }

    fn size<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<u64, BoxError>> {
        Box::pin(async move { Ok(self.local.size(&Key::parse(key).ok_or(MediaError::Missing)?).await?) })
    }

    fn blocking_read(&self, key: &str) -> Result<Bytes, BoxError> {
        Ok(self.local.blocking_read(&Key::parse(key).ok_or(MediaError::Missing)?)?)
    }

    fn blocking_size(&self, key: &str) -> Result<u64, BoxError> {
        Ok(self.local.blocking_size(&Key::parse(key).ok_or(MediaError::Missing)?)?)
    }

    fn url(&self, key: &str) -> String {
        Self::url(key, self.public_url.as_deref())
    }
}

#[cfg(test)]
pub(crate) mod tests;
