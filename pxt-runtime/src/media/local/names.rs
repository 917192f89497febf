//! Giving files their names and holding those that have one: what has a name is whole, and locked by those who use it.
//!
//! A name is on disk when it is given. The file is synced before it, and its folder after it.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::SystemTime;

use tempfile::NamedTempFile;

use super::folder::{Folder, sync};
use super::regular;
use crate::media::MediaError;
use crate::media::key::Key;
use crate::media::lock::{Lock, Locks};

/// What becomes of the age of a file that is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::media) enum Age {
    Kept,
    Renewed,
}

/// What came of giving a file its name.
pub(super) enum Named {
    /// The name is a whole file's, which is locked. Whether it is this file's.
    Held(Lock, bool),
    /// Somebody is deleting a file of this name: to be tried again.
    Busy(NamedTempFile),
}

impl Folder {
    /// Gives a file its name, or leaves the name to a file that has it: names are hashes, so it has the same content.
    pub(super) fn publish(&self, file: NamedTempFile, key: &Key<'_>) -> Result<Named, MediaError> {
        let folder = self.table(key.table)?;
        let path = folder.join(key.file());
        file.as_file().sync_all().map_err(MediaError::storage)?;
        let named = match &self.locks {
            Locks::System => self.publish_locked(file, key, &path)?,
            Locks::Memory(memory) => match memory.shared(key.as_str()) {
                Some(guard) => {
                    let is_new = !path.exists();
                    replace(file, &path)?;
                    Named::Held(Lock::in_memory(guard), is_new)
                }
                None => Named::Busy(file),
            },
        };
        // Also for a name that was there: whoever gave it may not have come so far.
        sync(&folder).map(|()| named)
    }

    fn publish_locked(&self, file: NamedTempFile, key: &Key<'_>, path: &Path) -> Result<Named, MediaError> {
        let file = match file.persist_noclobber(path) {
            Ok(file) => return Ok(Named::Held(Lock::system(file), true)),
            Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => failed.file,
            Err(failed) => return Err(MediaError::storage(failed.error)),
        };
        let size = file.as_file().metadata()?.len();
        match self.hold(key, Age::Renewed) {
            Ok(Some(lock)) if fs::symlink_metadata(path).is_ok_and(|found| found.len() == size) => {
                Ok(Named::Held(lock, false))
            }
            Ok(None) => Ok(Named::Busy(file)),
            // It was deleted meanwhile.
            Err(MediaError::Missing) if !regular::is_foreign_file(path) => Ok(Named::Busy(file)),
            // What has the name is damaged, no file, or not to be read.
            Ok(Some(_)) | Err(MediaError::Missing | MediaError::Unavailable(_)) => {
                replace(file, path).map(|file| Named::Held(Lock::system(file), false))
            }
            Err(error) => Err(error),
        }
    }

    /// Gives a file a second name. Both share their bytes, and their age. None while somebody deletes the name.
    pub(super) fn copy(&self, from: &Key<'_>, to: &Key<'_>) -> Result<Option<(Lock, bool)>, MediaError> {
        regular::open(&self.root, from)?;
        let folder = self.table(to.table)?;
        let path = folder.join(to.file());
        let is_new = match fs::hard_link(self.root.join(from.as_str()), &path) {
            Ok(()) => sync(&folder).map(|()| true)?,
            // Names are hashes: what is there already is the same.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
            Err(error) => return Err(error.into()),
        };
        match self.hold(to, Age::Renewed) {
            // It was not locked before, and was deleted meanwhile.
            Err(MediaError::Missing) if !regular::is_foreign_file(&path) => Ok(None),
            held => Ok(held?.map(|lock| (lock, is_new))),
        }
    }

    /// Locks a file for use. None while somebody deletes it.
    ///
    /// # Errors
    /// [`MediaError::Missing`] when there is none.
    pub(super) fn hold(&self, key: &Key<'_>, age: Age) -> Result<Option<Lock>, MediaError> {
        let (file, metadata) = regular::open(&self.root, key)?;
        if age == Age::Renewed {
            renew(&file)?;
        }
        let Some(lock) = self.locks.shared(key.as_str(), file)? else { return Ok(None) };
        Ok(regular::is_named(&metadata, &self.root.join(key.as_str()))?.then_some(lock))
    }
}

/// Makes a file young.
fn renew(file: &File) -> io::Result<()> {
    match file.set_modified(SystemTime::now()) {
        // Another user's: only its owner may, and the lock keeps it as well.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        renewed => renewed,
    }
}

/// Gives a file its name, over what has it.
fn replace(file: NamedTempFile, path: &Path) -> Result<File, MediaError> {
    file.persist(path).map_err(|failed| MediaError::storage(failed.error))
}
