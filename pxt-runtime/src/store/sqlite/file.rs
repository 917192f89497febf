//! Whether the database's file and its write-ahead log are still those that were opened.
//!
//! A file that is removed or replaced lives on while it is open: SQLite goes on writing to it without an error, and all
//! of that is lost with the last connection. Looking costs two calls to the system, 1 to 2 µs each; a group of writes
//! looks once.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::store::StoreError;

/// The file of an open database.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    identity: Identity,
    /// What SQLite writes to first. Its name is the database's, with this at the end.
    log: PathBuf,
    /// None while the writing connection is not there, since the last connection takes the log away; and where the file system
    /// can have none. As long as a connection is there the log stays, whatever is moved out of it.
    log_identity: Mutex<Option<Identity>>,
    /// Once it is, for ever: what was written in between is not in a file that comes back.
    gone: AtomicBool,
}

impl File {
    /// The file that lies at the path now.
    pub(super) fn opened(path: PathBuf) -> Result<Self, StoreError> {
        match identity(&path) {
            Ok(identity) => {
                let log = log_of(&path);
                let log_identity = Mutex::new(self::identity(&log).ok());
                Ok(Self { path, identity, log, log_identity, gone: AtomicBool::new(false) })
            }
            Err(error) => Err(StoreError::Open { path, problem: error.to_string() }),
        }
    }

    /// Where it lies.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The writing connection was made anew: the log that is there now is the database's.
    pub(super) fn watch_log(&self) {
        *self.lock() = identity(&self.log).ok();
    }

    /// The writing connection goes.
    pub(super) fn forget_log(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Identity>> {
        self.log_identity.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses when the file was found to be gone. Does not look.
    pub(super) fn intact(&self) -> Result<(), StoreError> {
        if self.gone.load(Ordering::Relaxed) { Err(StoreError::Gone) } else { Ok(()) }
    }

    /// Looks, and refuses when a path names no file or another one.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        self.intact()?;
        let log = *self.lock();
        let path = if !is_there(&self.path, self.identity) {
            &self.path
        } else if log.is_some_and(|log| !is_there(&self.log, log)) {
            &self.log
        } else {
            return Ok(());
        };
        if !self.gone.swap(true, Ordering::Relaxed) {
            tracing::error!(path = %path.display(), "{}", StoreError::Gone);
        }
        Err(StoreError::Gone)
    }
}

/// Whether the path names this file. In doubt it does.
fn is_there(path: &Path, known: Identity) -> bool {
    match identity(path) {
        Ok(identity) => identity == known,
        Err(error) => !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory),
    }
}

/// SQLite writes the log beside the file itself, where a link to it leads.
pub(super) fn log_of(path: &Path) -> PathBuf {
    let mut name = path.canonicalize().unwrap_or_else(|_| path.to_owned()).into_os_string();
    name.push("-wal");
    name.into()
}

/// Device and inode.
#[cfg(unix)]
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(path: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = std::fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

/// Elsewhere an open file can be neither removed nor replaced.
#[cfg(not(unix))]
type Identity = ();

#[cfg(not(unix))]
fn identity(_: &Path) -> io::Result<Identity> {
    Ok(())
}
