//! Files in a local folder: the one place that knows where they are.
//!
//! What has a name is whole and on disk: content is written aside, synced and renamed (see `names`). No link is followed on
//! the way to a file (see `regular`).
//!
//! Several processes of one machine may have a folder: a file is locked while it is used or deleted (see `media::lock`).

mod aside;
mod folder;
mod names;
mod old;
mod patience;
mod regular;

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use tempfile::NamedTempFile;
use uuid::Uuid;

use super::MediaError;
use super::key::{Key, is_table};
use super::lock::{Lock, Locks};
use super::storage::blocking;
use crate::store::{is_scheme, lacks_scheme};
pub(super) use aside::Staged;
use folder::{Folder, UPLOADS, temporary};
pub(super) use names::Age;
use names::Named;
use patience::Patience;

/// How much of a file is read at once for an answer.
const CHUNK: u64 = 256 * 1024;

pub(super) struct Local {
    folder: Arc<Folder>,
}

/// A file opened for an answer.
pub(super) struct Opened {
    file: File,
    pub(super) size: u64,
}

/// The folder that a configured location means.
pub(super) fn folder(location: &str) -> Result<PathBuf, MediaError> {
    let Some((scheme, _)) = location.split_once("://") else {
        if lacks_scheme(location) {
            let text = "the media location looks like a URL without its scheme, or with one slash too few: write \
                        `s3://bucket/prefix` or `file:///folder`, or for a folder whose path begins so `./` before it";
            return Err(MediaError::Location(text.into()));
        }
        let named = !location.trim().is_empty() && !location.contains('\0');
        return named
            .then(|| PathBuf::from(location))
            .ok_or_else(|| MediaError::Location("the media location must name a folder".into()));
    };
    let url = url::Url::parse(location).ok().filter(|url| url.scheme() == "file");
    url.and_then(|url| url.to_file_path().ok()).ok_or_else(|| {
        // What is no scheme may be a password.
        let found = if is_scheme(scheme) { format!(", not `{scheme}://`") } else { String::new() };
        let text = "the media location must be a folder, a `file:///` URL, or a bucket (`s3://`, `gs://` or `az://`)";
        MediaError::Location(format!("{text}{found}").into())
    })
}

impl Local {
    pub(super) fn open(root: &FilePath) -> Result<Self, MediaError> {
        let unusable = |cause| MediaError::Folder { folder: root.to_owned(), cause };
        let locks = fs::create_dir_all(root.join(UPLOADS)).and_then(|()| probe(root)).map_err(unusable)?;
        let root = root.canonicalize().map_err(unusable)?;
        no_links(&root).map_err(unusable)?;
        if cfg!(unix) && matches!(locks, Locks::Memory(_)) {
            tracing::warn!(
                folder = %root.display(),
                "files cannot be locked in this media folder, so a second process that has it may delete a file that this one is \
                 storing: give each a folder of its own, or let them share a bucket (`s3://bucket/prefix`)"
            );
        }
        Ok(Self { folder: Arc::new(Folder::new(root, locks)) })
    }

    /// Opens the file of a key where that may block, and works with it.
    async fn opened<T: Send + 'static>(
        &self,
        key: &Key<'_>,
        work: impl FnOnce(File, u64) -> io::Result<T> + Send + 'static,
    ) -> Result<T, MediaError> {
        self.blocking(key, move |folder, key| {
            let (file, metadata) = regular::open(&folder.root, key)?;
            Ok(work(file, metadata.len())?)
        })
        .await
    }

    /// Works with a key where that may block.
    async fn blocking<T: Send + 'static>(
        &self,
        key: &Key<'_>,
        work: impl FnOnce(&Folder, &Key<'_>) -> Result<T, MediaError> + Send + 'static,
    ) -> Result<T, MediaError> {
        let (folder, key) = (self.folder.clone(), key.as_str().to_owned());
        blocking(move || work(&folder, &super::parsed(&key)?)).await
    }

    /// Writes a file whole. Its lock, and whether it was not there.
    pub(super) async fn put(&self, key: &Key<'_>, content: Bytes) -> Result<(Lock, bool), MediaError> {
        self.named(key, move |folder| folder.written(&content)).await
    }

    /// Begins a file whose name is not known yet.
    pub(super) async fn begin(&self) -> Result<Staged, MediaError> {
        let folder = self.folder.clone();
        blocking(move || folder.aside().map(Staged::new)).await
    }

    /// Gives an upload its name. Its lock, and whether it was not there.
    pub(super) async fn publish(&self, mut staged: Staged, key: &Key<'_>) -> Result<(Lock, bool), MediaError> {
        let file = staged.take()?;
        self.named(key, |_| Ok(file)).await
    }

    async fn named(
        &self,
        key: &Key<'_>,
        made: impl FnOnce(&Folder) -> Result<NamedTempFile, MediaError> + Send + 'static,
    ) -> Result<(Lock, bool), MediaError> {
        let mut named = self.blocking(key, |folder, key| folder.publish(made(folder)?, key)).await?;
        let mut patience = Patience::new();
        loop {
            let file = match named {
                Named::Held(lock, is_new) => return Ok((lock, is_new)),
                Named::Busy(file) => file,
            };
            patience.wait().await?;
            named = self.blocking(key, |folder, key| folder.publish(file, key)).await?;
        }
    }

    /// Gives a file a second name. Both share their bytes, and their age. Its lock, and whether it was not there.
    pub(super) async fn copy(&self, from: &Key<'_>, to: &Key<'_>) -> Result<(Lock, bool), MediaError> {
        let mut patience = Patience::new();
        loop {
            let to = to.as_str().to_owned();
            let copied = self.blocking(from, move |folder, from| folder.copy(from, &super::parsed(&to)?));
            match copied.await? {
                Some(copied) => return Ok(copied),
                None => patience.wait().await?,
            }
        }
    }

    /// Locks a file for use.
    pub(super) async fn hold(&self, key: &Key<'_>, age: Age) -> Result<Lock, MediaError> {
        let mut patience = Patience::new();
        loop {
            match self.blocking(key, move |folder, key| folder.hold(key, age)).await? {
                Some(lock) => return Ok(lock),
                None => patience.wait().await?,
            }
        }
    }

    pub(super) async fn read(&self, key: &Key<'_>, range: Option<Range<u64>>) -> Result<Bytes, MediaError> {
        self.opened(key, move |file, size| {
            let range = range.unwrap_or(0..size);
            read(file, range.start.min(size)..range.end.min(size))
        })
        .await
    }

    pub(super) async fn size(&self, key: &Key<'_>) -> Result<u64, MediaError> {
        self.opened(key, |_, size| Ok(size)).await
    }

    pub(super) fn blocking_read(&self, key: &Key<'_>) -> Result<Bytes, MediaError> {
        let (file, metadata) = regular::open(&self.folder.root, key)?;
        Ok(read(file, 0..metadata.len())?)
    }

    pub(super) fn blocking_size(&self, key: &Key<'_>) -> Result<u64, MediaError> {
        Ok(regular::open(&self.folder.root, key)?.1.len())
    }

    /// Opens a file, so that it can be read to its end even when it is swept meanwhile.
    pub(super) async fn open_file(&self, key: &Key<'_>) -> Result<Opened, MediaError> {
        self.opened(key, |file, size| Ok(Opened { file, size })).await
    }

    /// The keys of a table's files that were last published before an instant.
    pub(super) fn older_than(
        &self,
        table: &str,
        instant: SystemTime,
    ) -> BoxStream<'static, Result<String, MediaError>> {
        let (folder, table) = (self.folder.clone(), table.to_owned());
        stream::once(blocking(move || folder.walk(&table, instant)))
            .map_ok(|walk| {
                stream::try_unfold(walk, |walk| async move {
                    let Some(mut walk) = walk else { return Ok(None) };
                    blocking(move || Ok(walk.step()?.map(|keys| (keys, Some(walk))))).await
                })
            })
            .try_flatten()
            .map_ok(|keys| stream::iter(keys.into_iter().map(Ok)))
            .try_flatten()
            .boxed()
    }

    /// Locks a file for its deletion. None when somebody uses or deletes it, and when it has become younger than an instant.
    pub(super) async fn claim(&self, key: &Key<'_>, instant: SystemTime) -> Result<Option<Lock>, MediaError> {
        self.blocking(key, move |folder, key| folder.claim(key, instant)).await
    }

    /// Deletes a file. `lock` is what [`claim`](Self::claim) gave, held until that is done, also when nobody waits for it any
    /// more. True when the file is gone.
    pub(super) async fn delete(&self, key: &Key<'_>, lock: Option<Lock>) -> Result<bool, MediaError> {
        self.blocking(key, move |folder, key| {
            let _held = lock;
            folder.delete(key)
        })
        .await
    }

    /// Deletes what uploads cut short by a crash have left.
    pub(super) async fn clear_leftovers(&self, instant: SystemTime) -> Result<(), MediaError> {
        let folder = self.folder.clone();
        blocking(move || folder.clear_leftovers(instant)).await
    }
}

impl Opened {
    /// A part of the file, as a stream of chunks.
    pub(super) fn stream(self, range: Range<u64>) -> BoxStream<'static, Result<Bytes, MediaError>> {
        let mut file = self.file;
        stream::once(blocking(move || {
            file.seek(SeekFrom::Start(range.start))?;
            Ok((file, range.end - range.start))
        }))
        .map_ok(|start| {
            stream::try_unfold(start, |(mut file, left)| async move {
                if left == 0 {
                    return Ok(None);
                }
                blocking(move || {
                    let len = left.min(CHUNK);
                    let mut chunk = vec![0; usize::try_from(len).map_err(MediaError::storage)?];
                    file.read_exact(&mut chunk)?;
                    Ok(Some((Bytes::from(chunk), (file, left - len))))
                })
                .await
            })
        })
        .try_flatten()
        .boxed()
    }
}

/// Does once what every upload does: write aside, give a name, lock. So a folder that takes no files is known at the start,
/// and how its files are locked.
fn probe(root: &FilePath) -> io::Result<Locks> {
    let named = root.join(format!(".probe-{}", Uuid::new_v4()));
    let mut aside = temporary(&root.join(UPLOADS))?;
    aside.write_all(b"may be deleted")?;
    let locks = match aside.persist_noclobber(&named) {
        Ok(file) => Locks::of(&file, &File::open(&named)?),
        // A name can be given here, but not one that is free.
        Err(failed) => {
            failed.file.persist(&named).map_err(|failed| failed.error)?;
            Locks::in_memory()
        }
    };
    fs::remove_file(named)?;
    Ok(locks)
}

/// Refuses links in the places of tables' folders, which are not followed.
fn no_links(root: &FilePath) -> io::Result<()> {
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        let name = entry.file_name();
        if entry.file_type()?.is_symlink() && entry.path().is_dir() && name.to_str().is_some_and(is_table) {
            let text = format!(
                "the folder `{}` in it is a link, and links are not followed there: move its files into a folder of that name, or \
                 let the whole media folder be a link",
                name.display()
            );
            return Err(io::Error::other(text));
        }
    }
    Ok(())
}

fn read(mut file: File, range: Range<u64>) -> io::Result<Bytes> {
    let length = range.end.saturating_sub(range.start);
    let mut bytes = Vec::with_capacity(usize::try_from(length).map_err(io::Error::other)?);
    file.seek(SeekFrom::Start(range.start))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes.into())
}

#[cfg(test)]
mod tests;
