//! Files in a local folder: the one place that knows where they are.
//!
//! What has a name is whole and on disk: content is written aside, synced and renamed (see `aside`). No link is followed on
//! the way to a file (see `regular`).
//!
//! A folder belongs to one process: what is pinned, and the lock between publishing and deleting, are this process's
//! memory. A second one is told so when it starts. Several processes share a bucket.

mod aside;
mod old;
mod regular;

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use uuid::Uuid;

use super::MediaError;
use super::key::{Key, is_table};
use super::storage::blocking;
use crate::store::{is_scheme, lacks_scheme};
pub(super) use aside::Staged;
use aside::{Folder, UPLOADS};

/// How much of a file is read at once for an answer.
const CHUNK: u64 = 256 * 1024;

pub(super) struct Local {
    folder: Arc<Folder>,
    /// Locked, so that the next process is told. None where that cannot be.
    _lock: Option<File>,
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
        fs::create_dir_all(root.join(UPLOADS)).and_then(|()| probe(root)).map_err(unusable)?;
        let root = root.canonicalize().map_err(unusable)?;
        no_links(&root).map_err(unusable)?;
        Ok(Self { _lock: lock(&root), folder: Arc::new(Folder::new(root)) })
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

    /// Writes a file whole, over one of the same name.
    pub(super) async fn put(&self, key: &Key<'_>, content: Bytes) -> Result<(), MediaError> {
        self.blocking(key, move |folder, key| folder.put(key, &content)).await
    }

    /// Begins a file whose name is not known yet.
    pub(super) async fn begin(&self) -> Result<Staged, MediaError> {
        let folder = self.folder.clone();
        blocking(move || folder.aside().map(Staged::new)).await
    }

    /// Gives an upload its name, over a file of the same name.
    pub(super) async fn publish(&self, mut staged: Staged, key: &Key<'_>) -> Result<(), MediaError> {
        let file = staged.take()?;
        self.blocking(key, |folder, key| folder.publish(file, key)).await
    }

    /// Gives a file a second name. Both share their bytes, and their age. False when it was there.
    pub(super) async fn copy(&self, from: &Key<'_>, to: &Key<'_>) -> Result<bool, MediaError> {
        let to = to.as_str().to_owned();
        self.blocking(from, move |folder, from| folder.copy(from, &super::parsed(&to)?)).await
    }

    /// Makes a file young.
    pub(super) async fn freshen(&self, key: &Key<'_>) -> Result<(), MediaError> {
        self.opened(key, |file, _| file.set_modified(SystemTime::now())).await
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

    /// Deletes a file unless it has become younger than an instant. `guard` is held until that is done, also when nobody
    /// waits for it any more. True when the file is gone.
    pub(super) async fn delete_older<G: Send + 'static>(
        &self,
        key: &Key<'_>,
        instant: SystemTime,
        guard: G,
    ) -> Result<bool, MediaError> {
        self.blocking(key, move |folder, key| {
            let _held = guard;
            folder.delete_older(key, instant)
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

/// Does once what every upload does: write aside, give a name. So a folder that takes no files is known at the start.
fn probe(root: &FilePath) -> io::Result<()> {
    let name = format!(".probe-{}", Uuid::new_v4());
    let (aside, named) = (root.join(UPLOADS).join(&name), root.join(&name));
    let done = fs::write(&aside, "may be deleted").and_then(|()| fs::rename(&aside, &named));
    if done.is_err() {
        // Its own failure would say less than the first one.
        let _ = fs::remove_file(&aside);
        return done;
    }
    fs::remove_file(named)
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

/// Says that this process has the folder, and warns when another one has it too.
fn lock(root: &FilePath) -> Option<File> {
    let folder = File::open(root).ok()?;
    if let Err(TryLockError::WouldBlock) = folder.try_lock() {
        tracing::warn!(
            folder = %root.display(),
            "another process has this media folder, and each may delete a file that the other is storing: give each a folder of its \
             own, or let them share a bucket (`s3://bucket/prefix`)"
        );
    }
    // All that have it hold it together, so that each further one is told.
    folder.unlock().ok()?;
    folder.try_lock_shared().ok().map(|()| folder)
}

fn read(mut file: File, range: Range<u64>) -> io::Result<Bytes> {
    let length = range.end.saturating_sub(range.start);
    let mut bytes = Vec::with_capacity(usize::try_from(length).map_err(io::Error::other)?);
    file.seek(SeekFrom::Start(range.start))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes.into())
}
