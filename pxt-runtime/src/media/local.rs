//! Files in a local folder: the one place that knows where they are.
//!
//! Content is written by `object_store` (aside, synced, renamed). What that interface lacks is done on the files
//! themselves: opening one without following links (see `regular`), making one young again, deleting one that stayed old,
//! and clearing what a crash left.
//!
//! A folder belongs to one process: what is pinned, and the lock between publishing and deleting, are this process's
//! memory. A second one is told so when it starts. Several processes share a bucket.

mod regular;

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use futures_util::future;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};
use uuid::Uuid;

use super::MediaError;
use super::key::{Key, is_table};
use super::storage::blocking;
use crate::store::{is_scheme, lacks_scheme};

/// Where content is written before it has a name.
const UPLOADS: &str = ".uploads";

/// How much of a file is read at once for an answer.
const CHUNK: u64 = 256 * 1024;

/// How often a file is written. Two who write the same content take turns in one name aside, and `object_store` clears it away
/// after its own failure, even when it is the other's by then: without a descriptor to sync the folder, say.
const PUTS: usize = 4;

pub(super) struct Local {
    files: LocalFileSystem,
    root: Arc<FilePath>,
    /// Locked, so that the next process is told. None where that cannot be.
    _lock: Option<File>,
}

/// An upload of several parts, under way.
pub(super) struct Staged {
    pub(super) parts: Box<dyn MultipartUpload>,
    path: Path,
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
        let files = LocalFileSystem::new_with_prefix(&root).map_err(MediaError::storage)?.with_fsync(true);
        Ok(Self { files, _lock: lock(&root), root: root.into() })
    }

    fn file(&self, key: &Key<'_>) -> PathBuf {
        self.root.join(key.as_str())
    }

    /// Refuses to write where it would not be read: behind a link that somebody has put in the place of a table's folder.
    fn refuse_foreign(&self, key: &Key<'_>) -> Result<(), MediaError> {
        if regular::is_foreign(&self.root, key.table) {
            let text = format!("`{}` in the media folder is no folder, or a link to one", key.table);
            return Err(MediaError::Unavailable(text.into()));
        }
        Ok(())
    }

    /// Opens the file of a key where that may block, and works with it.
    async fn opened<T: Send + 'static>(
        &self,
        key: &Key<'_>,
        work: impl FnOnce(File, u64) -> io::Result<T> + Send + 'static,
    ) -> Result<T, MediaError> {
        let (root, key) = (self.root.clone(), key.as_str().to_owned());
        blocking(move || {
            let (file, metadata) = regular::open(&root, &super::parsed(&key)?)?;
            Ok(work(file, metadata.len())?)
        })
        .await
    }

    /// Writes a file whole, over one of the same name.
    pub(super) async fn put(&self, key: &Key<'_>, content: Bytes) -> Result<(), MediaError> {
        self.refuse_foreign(key)?;
        let (path, payload) = (path(key), PutPayload::from(content));
        for _ in 1..PUTS {
            match self.files.put(&path, payload.clone()).await {
                Err(error) if is_missing(&error) => {}
                done => return Ok(done.map(drop)?),
            }
        }
        Ok(self.files.put(&path, payload).await.map(drop)?)
    }

    /// Begins a file whose name is not known yet.
    pub(super) async fn begin(&self) -> Result<Staged, MediaError> {
        let path = Path::from_iter([UPLOADS, &Uuid::new_v4().to_string()]);
        Ok(Staged { parts: self.files.put_multipart(&path).await?, path })
    }

    /// Gives a completed upload its name, over a file of the same name.
    pub(super) async fn publish(&self, staged: Staged, key: &Key<'_>) -> Result<(), MediaError> {
        self.refuse_foreign(key)?;
        Ok(self.files.rename(&staged.path, &path(key)).await?)
    }

    /// Makes a file young.
    pub(super) async fn freshen(&self, key: &Key<'_>) -> Result<(), MediaError> {
        self.opened(key, |file, _| file.set_modified(SystemTime::now())).await
    }

    /// Gives a file a second name. Both share their bytes, and their age. False when it was there.
    pub(super) async fn copy(&self, from: &Key<'_>, to: &Key<'_>) -> Result<bool, MediaError> {
        self.refuse_foreign(to)?;
        self.opened(from, |_, _| Ok(())).await?;
        match self.files.copy_if_not_exists(&path(from), &path(to)).await {
            Ok(()) => Ok(true),
            // Names are hashes: what is there already is the same.
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(error.into()),
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
        let (file, metadata) = regular::open(&self.root, key)?;
        Ok(read(file, 0..metadata.len())?)
    }

    pub(super) fn blocking_size(&self, key: &Key<'_>) -> Result<u64, MediaError> {
        Ok(regular::open(&self.root, key)?.1.len())
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
        if regular::is_foreign(&self.root, table) {
            return stream::empty().boxed();
        }
        self.files
            .list(Some(&Path::from(table)))
            .map_err(MediaError::from)
            .try_filter_map(move |file| {
                let old = SystemTime::from(file.last_modified) <= instant;
                let key = file.location.to_string();
                future::ready(Ok((old && Key::parse(&key).is_some()).then_some(key)))
            })
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
        if regular::is_foreign(&self.root, key.table) {
            return Ok(false);
        }
        let file = self.file(key);
        blocking(move || {
            let _held = guard;
            delete_if_older(&file, instant)
        })
        .await
    }

    /// Deletes what uploads cut short by a crash have left in a table's folder and among the uploads.
    pub(super) async fn clear_leftovers(&self, table: &str, instant: SystemTime) -> Result<(), MediaError> {
        let foreign = regular::is_foreign(&self.root, table);
        let (uploads, table) = (self.root.join(UPLOADS), self.root.join(table));
        blocking(move || {
            clear(&uploads, instant, |_| true)?;
            // `object_store` writes beside the final name, with a number after `#`.
            if foreign { Ok(()) } else { clear(&table, instant, |name| name.contains('#')) }
        })
        .await
    }
}

/// Whether a file that was there has gone.
fn is_missing(error: &object_store::Error) -> bool {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return true;
        }
        next = error.source();
    }
    false
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

fn path(key: &Key<'_>) -> Path {
    Path::from(key.as_str())
}

fn delete_if_older(file: &FilePath, instant: SystemTime) -> Result<bool, MediaError> {
    let done = fs::symlink_metadata(file).and_then(|metadata| {
        let old = metadata.modified()? <= instant;
        if old {
            fs::remove_file(file)?;
        }
        Ok(old)
    });
    match done {
        // Another process has swept it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        done => Ok(done?),
    }
}

fn clear(folder: &FilePath, instant: SystemTime, wanted: impl Fn(&str) -> bool) -> Result<(), MediaError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(&wanted) {
            delete_if_older(&entry.path(), instant)?;
        }
    }
    Ok(())
}
