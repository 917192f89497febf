//! Files in a local folder: the one place that knows where they are.
//!
//! Content goes through `object_store` (written aside, synced, renamed). What that interface lacks is done on the files
//! themselves: making one young again, deleting one that stayed old, clearing what a crash left, and reading from
//! blocking threads without waiting for another one.
//!
//! A folder belongs to one process: what is pinned, and the lock between publishing and deleting, are this process's
//! memory. Several processes share a bucket.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};
use std::time::SystemTime;

use bytes::Bytes;
use futures_util::future;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetOptions, GetResultPayload, MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};
use uuid::Uuid;

use super::MediaError;
use super::key::Key;
use super::storage::blocking;

/// Where content is written before it has a name.
const UPLOADS: &str = ".uploads";

/// How much of a file is read at once for an answer.
const CHUNK: u64 = 256 * 1024;

pub(super) struct Local {
    files: LocalFileSystem,
    root: PathBuf,
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
        let named = !location.trim().is_empty() && !location.contains('\0');
        return named
            .then(|| PathBuf::from(location))
            .ok_or_else(|| MediaError::Location("the media location must name a folder".into()));
    };
    let url = url::Url::parse(location).ok().filter(|url| url.scheme() == "file");
    url.and_then(|url| url.to_file_path().ok()).ok_or_else(|| {
        MediaError::Location(
            format!(
                "the media location must be a folder, a `file:///` URL, or a bucket (`s3://`, `gs://` or `az://`), not \
                 `{scheme}://`"
            )
            .into(),
        )
    })
}

impl Local {
    pub(super) fn open(root: &FilePath) -> Result<Self, MediaError> {
        let unusable = |cause| MediaError::Folder { folder: root.to_owned(), cause };
        fs::create_dir_all(root.join(UPLOADS)).and_then(|()| probe(root)).map_err(unusable)?;
        let root = root.canonicalize().map_err(unusable)?;
        let files = LocalFileSystem::new_with_prefix(&root).map_err(MediaError::storage)?.with_fsync(true);
        Ok(Self { files, root })
    }

    fn file(&self, key: &Key<'_>) -> PathBuf {
        self.root.join(key.as_str())
    }

    /// Writes a file whole, over one of the same name.
    pub(super) async fn put(&self, key: &Key<'_>, content: Bytes) -> Result<(), MediaError> {
        self.files.put(&path(key), PutPayload::from(content)).await?;
        Ok(())
    }

    /// Begins a file whose name is not known yet.
    pub(super) async fn begin(&self) -> Result<Staged, MediaError> {
        let path = Path::from_iter([UPLOADS, &Uuid::new_v4().to_string()]);
        Ok(Staged { parts: self.files.put_multipart(&path).await?, path })
    }

    /// Gives a completed upload its name, over a file of the same name.
    pub(super) async fn publish(&self, staged: Staged, key: &Key<'_>) -> Result<(), MediaError> {
        Ok(self.files.rename(&staged.path, &path(key)).await?)
    }

    /// Makes a file young.
    pub(super) async fn freshen(&self, key: &Key<'_>) -> Result<(), MediaError> {
        let file = self.file(key);
        blocking(move || Ok(File::options().write(true).open(file)?.set_modified(SystemTime::now())?)).await
    }

    /// Gives a file a second name. Both share their bytes, and their age. False when it was there.
    pub(super) async fn copy(&self, from: &Key<'_>, to: &Key<'_>) -> Result<bool, MediaError> {
        match self.files.copy_if_not_exists(&path(from), &path(to)).await {
            Ok(()) => Ok(true),
            // Names are hashes: what is there already is the same.
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn read(&self, key: &Key<'_>, range: Option<Range<u64>>) -> Result<Bytes, MediaError> {
        let path = path(key);
        Ok(match range {
            Some(range) => self.files.get_range(&path, range).await?,
            None => self.files.get(&path).await?.bytes().await?,
        })
    }

    pub(super) async fn size(&self, key: &Key<'_>) -> Result<u64, MediaError> {
        Ok(self.files.head(&path(key)).await?.size)
    }

    pub(super) fn blocking_read(&self, key: &Key<'_>) -> Result<Bytes, MediaError> {
        Ok(fs::read(self.file(key))?.into())
    }

    pub(super) fn blocking_size(&self, key: &Key<'_>) -> Result<u64, MediaError> {
        Ok(fs::metadata(self.file(key))?.len())
    }

    /// Opens a file, so that it can be read to its end even when it is swept meanwhile.
    pub(super) async fn open_file(&self, key: &Key<'_>) -> Result<Opened, MediaError> {
        let found = self.files.get_opts(&path(key), GetOptions::default()).await?;
        match found.payload {
            GetResultPayload::File(file, _) => Ok(Opened { file, size: found.meta.size }),
            GetResultPayload::Stream(_) => Err(MediaError::storage("a local file was not opened as a file")),
        }
    }

    /// The keys of a table's files that were last published before an instant.
    pub(super) fn older_than(
        &self,
        table: &str,
        instant: SystemTime,
    ) -> BoxStream<'static, Result<String, MediaError>> {
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
        let file = self.file(key);
        blocking(move || {
            let _held = guard;
            delete_if_older(&file, instant)
        })
        .await
    }

    /// Deletes what uploads cut short by a crash have left in a table's folder and among the uploads.
    pub(super) async fn clear_leftovers(&self, table: &str, instant: SystemTime) -> Result<(), MediaError> {
        let (uploads, table) = (self.root.join(UPLOADS), self.root.join(table));
        blocking(move || {
            clear(&uploads, instant, |_| true)?;
            // `object_store` writes beside the final name, with a number after `#`.
            clear(&table, instant, |name| name.contains('#'))
        })
        .await
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

fn path(key: &Key<'_>) -> Path {
    Path::from(key.as_str())
}

fn delete_if_older(file: &FilePath, instant: SystemTime) -> Result<bool, MediaError> {
    let done = fs::metadata(file).and_then(|metadata| {
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
