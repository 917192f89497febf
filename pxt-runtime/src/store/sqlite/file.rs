//! Whether the database's file is still the one that was opened.
//!
//! A file that is removed or replaced lives on while it is open: SQLite goes on writing to it without an error, and all
//! of that is lost with the last connection. Looking costs one call to the system, 1 to 2 µs.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::store::StoreError;

/// The file of an open database.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    identity: Identity,
    /// Once it is, for ever: what was written in between is not in a file that comes back.
    gone: AtomicBool,
}

impl File {
    /// The file that lies at the path now.
    pub(super) fn opened(path: PathBuf) -> Result<Self, StoreError> {
        match identity(&path) {
            Ok(identity) => Ok(Self { path, identity, gone: AtomicBool::new(false) }),
            Err(error) => Err(StoreError::Open { path, problem: error.to_string() }),
        }
    }

    /// Refuses when the file was found to be gone. Does not look.
    pub(super) fn intact(&self) -> Result<(), StoreError> {
        if self.gone.load(Ordering::Relaxed) { Err(StoreError::Gone) } else { Ok(()) }
    }

    /// Looks, and refuses when the path names no file or another one.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        self.intact()?;
        let there = match identity(&self.path) {
            Ok(identity) => identity == self.identity,
            Err(error) => !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory),
        };
        if there {
            return Ok(());
        }
        if !self.gone.swap(true, Ordering::Relaxed) {
            tracing::error!(path = %self.path.display(), "{}", StoreError::Gone);
        }
        Err(StoreError::Gone)
    }
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
