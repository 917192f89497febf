//! Finding files by their age, and claiming those that stayed old for their deletion. Nothing is found or claimed behind a link
//! that has the name of a table's folder.

use std::fs::{self, DirEntry, File, ReadDir};
use std::io;
use std::path::Path;
use std::time::SystemTime;

use super::folder::{Folder, UPLOADS};
use super::regular;
use crate::media::MediaError;
use crate::media::key::Key;
use crate::media::lock::Lock;

/// How many of a folder's files are looked at in one go.
const BATCH: usize = 1000;

/// The files of a table's folder, as far as they have been looked at.
pub(super) struct Walk {
    entries: ReadDir,
    table: Box<str>,
    instant: SystemTime,
}

impl Folder {
    /// The files of a table that were last published before an instant. None when the table has no folder.
    pub(super) fn walk(&self, table: &str, instant: SystemTime) -> Result<Option<Walk>, MediaError> {
        if regular::is_foreign(&self.root, table) {
            return Ok(None);
        }
        Ok(entries(&self.root.join(table))?.map(|entries| Walk { entries, table: table.into(), instant }))
    }

    /// Locks a file for its deletion. None when somebody uses or deletes it, and when it has become younger than an instant.
    pub(super) fn claim(&self, key: &Key<'_>, instant: SystemTime) -> Result<Option<Lock>, MediaError> {
        let path = self.root.join(key.as_str());
        let Some((file, metadata)) = readable(regular::open(&self.root, key))? else { return Ok(None) };
        let Some(lock) = self.locks.exclusive(key.as_str(), file)? else { return Ok(None) };
        Ok((regular::is_named(&metadata, &path)? && is_old(&path, instant)?).then_some(lock))
    }

    /// Deletes a file that is claimed. True when it was there.
    pub(super) fn delete(&self, key: &Key<'_>) -> Result<bool, MediaError> {
        delete(&self.root.join(key.as_str()))
    }

    /// Deletes what uploads cut short by a crash have left.
    pub(super) fn clear_leftovers(&self, instant: SystemTime) -> Result<(), MediaError> {
        for entry in entries(&self.root.join(UPLOADS))?.into_iter().flatten() {
            let path = entry?.path();
            // One that is locked belongs to an upload that goes on.
            if is_old(&path, instant)?
                && let Some(file) = readable(File::open(&path))?
                && let Some(_lock) = self.locks.exclusive(&path.to_string_lossy(), file)?
            {
                delete(&path)?;
            }
        }
        Ok(())
    }
}

impl Walk {
    /// The keys of the next files that were last published before the instant. None at the end.
    pub(super) fn step(&mut self) -> Result<Option<Vec<String>>, MediaError> {
        let mut keys = Vec::new();
        for looked_at in 0..BATCH {
            let Some(entry) = self.entries.next().transpose()? else {
                return Ok((looked_at > 0).then_some(keys));
            };
            keys.extend(self.key_of_old(&entry)?);
        }
        Ok(Some(keys))
    }

    /// The key of a file, if it is old.
    fn key_of_old(&self, entry: &DirEntry) -> Result<Option<String>, MediaError> {
        let Some(key) = entry.file_name().to_str().map(|file| format!("{}/{file}", self.table)) else {
            return Ok(None);
        };
        if Key::parse(&key).is_none() {
            return Ok(None);
        }
        Ok(is_old(&entry.path(), self.instant)?.then_some(key))
    }
}

/// What is in a folder. None when there is no such folder.
fn entries(folder: &Path) -> io::Result<Option<ReadDir>> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        entries => entries.map(Some),
    }
}

/// None for what is gone, and for what cannot be read here: it is left to whoever made it.
fn readable<T>(opened: io::Result<T>) -> io::Result<Option<T>> {
    match opened {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied) => Ok(None),
        opened => opened.map(Some),
    }
}

fn delete(file: &Path) -> Result<bool, MediaError> {
    match fs::remove_file(file) {
        // Somebody has cleaned up, or another process has swept it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        done => Ok(done.map(|()| true)?),
    }
}

/// Whether there is a file, and it was last published before an instant.
fn is_old(file: &Path, instant: SystemTime) -> Result<bool, MediaError> {
    match fs::symlink_metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        metadata => {
            let metadata = metadata?;
            Ok(metadata.is_file() && metadata.modified()? <= instant)
        }
    }
}
