//! Finding files by their age, and deleting those that stayed old. Nothing is found or deleted behind a link that has the name
//! of a table's folder.

use std::fs::{self, DirEntry, ReadDir};
use std::io;
use std::path::Path;
use std::time::SystemTime;

use super::aside::{Folder, UPLOADS};
use super::regular;
use crate::media::MediaError;
use crate::media::key::Key;

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

    /// Deletes a file unless it has become younger than an instant. True when it was deleted.
    pub(super) fn delete_older(&self, key: &Key<'_>, instant: SystemTime) -> Result<bool, MediaError> {
        if regular::is_foreign(&self.root, key.table) {
            return Ok(false);
        }
        delete_if_older(&self.root.join(key.as_str()), instant)
    }

    /// Deletes what uploads cut short by a crash have left.
    pub(super) fn clear_leftovers(&self, instant: SystemTime) -> Result<(), MediaError> {
        for entry in entries(&self.root.join(UPLOADS))?.into_iter().flatten() {
            delete_if_older(&entry?.path(), instant)?;
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

fn delete_if_older(file: &Path, instant: SystemTime) -> Result<bool, MediaError> {
    let old = is_old(file, instant)?;
    if old {
        match fs::remove_file(file) {
            // Another process has swept it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            done => done?,
        }
    }
    Ok(old)
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
