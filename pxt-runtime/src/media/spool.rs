//! A long upload's bytes on this machine's disk, until the bucket has them.
//!
//! An object's name is the hash of its content, so it is known when the upload has ended. The bytes wait on disk rather
//! than under another name in the bucket: that costs no copy inside of the bucket (which S3 limits to 5 GiB), leaves nothing
//! there when an upload is refused, and the request's functions read the file without fetching it back. The file has no name;
//! the system frees it with the process.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use super::MediaError;
use super::storage::blocking;

/// A file of this machine without a name.
pub(super) struct Spool {
    file: Mutex<File>,
    size: AtomicU64,
}

/// What is known of a stored file as long as a request holds it, without asking storage.
#[derive(Clone)]
pub(super) enum Content {
    Memory(Bytes),
    File(Arc<Spool>),
}

/// Where such files are: `TMPDIR`, else `/var/tmp`, since `/tmp` is often memory.
pub(super) fn folder() -> PathBuf {
    let large = PathBuf::from("/var/tmp");
    if std::env::var_os("TMPDIR").is_none() && large.is_dir() { large } else { std::env::temp_dir() }
}

impl Spool {
    pub(super) async fn new() -> Result<Arc<Self>, MediaError> {
        let file = blocking(|| tempfile::tempfile_in(folder()).map_err(MediaError::storage)).await?;
        Ok(Arc::new(Self { file: Mutex::new(file), size: AtomicU64::new(0) }))
    }

    pub(super) fn size(&self) -> u64 {
        self.size.load(Ordering::Acquire)
    }

    /// Appends. Nobody reads before the last part.
    pub(super) async fn write(self: &Arc<Self>, part: Bytes) -> Result<(), MediaError> {
        let spool = self.clone();
        blocking(move || {
            spool.with(|file| file.write_all(&part))?;
            spool.size.fetch_add(part.len() as u64, Ordering::AcqRel);
            Ok(())
        })
        .await
    }

    pub(super) async fn read(self: &Arc<Self>, range: Range<u64>) -> Result<Bytes, MediaError> {
        let spool = self.clone();
        blocking(move || spool.blocking_read(range)).await
    }

    pub(super) fn blocking_read(&self, range: Range<u64>) -> Result<Bytes, MediaError> {
        let mut bytes = vec![0; usize::try_from(range.end - range.start).map_err(MediaError::storage)?];
        self.with(|file| {
            file.seek(SeekFrom::Start(range.start))?;
            file.read_exact(&mut bytes)
        })?;
        Ok(bytes.into())
    }

    /// Position and content are one file's: one at a time.
    fn with<T>(&self, work: impl FnOnce(&mut File) -> io::Result<T>) -> Result<T, MediaError> {
        work(&mut self.file.lock().unwrap_or_else(PoisonError::into_inner)).map_err(MediaError::storage)
    }
}

impl Content {
    pub(super) fn size(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File(spool) => spool.size(),
        }
    }

    pub(super) async fn read(&self, range: Option<Range<u64>>) -> Result<Bytes, MediaError> {
        let range = self.within(range);
        match self {
            Self::Memory(bytes) => Ok(part(bytes, &range)),
            Self::File(spool) => spool.read(range).await,
        }
    }

    pub(super) fn blocking_read(&self) -> Result<Bytes, MediaError> {
        match self {
            Self::Memory(bytes) => Ok(bytes.clone()),
            Self::File(spool) => spool.blocking_read(0..spool.size()),
        }
    }

    fn within(&self, range: Option<Range<u64>>) -> Range<u64> {
        let size = self.size();
        range.map_or(0..size, |range| range.start.min(size)..range.end.min(size))
    }
}

/// A part of bytes in memory, whose length fits into memory too.
fn part(bytes: &Bytes, range: &Range<u64>) -> Bytes {
    bytes.slice(range.start as usize..range.end as usize)
}
