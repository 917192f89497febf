//! Finding files by their age, and deleting those that stayed old.

use std::fs::{self, DirEntry, ReadDir};
use std::io;
use std::path::Path;
use std::time::SystemTime;

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

impl Walk {
    /// None when there is no such folder.
    pub(super) fn begin(root: &Path, table: &str, instant: SystemTime) -> Result<Option<Self>, MediaError> {
        let entries = match fs::read_dir(root.join(table)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            entries => entries?,
        };
        Ok(Some(Self { entries, table: table.into(), instant }))
    }

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

/// Deletes a file unless it has become younger than an instant. True when it was deleted.
pub(super) fn delete_if_older(file: &Path, instant: SystemTime) -> Result<bool, MediaError> {
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

/// Deletes what is old in a folder.
pub(super) fn clear(folder: &Path, instant: SystemTime) -> Result<(), MediaError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        delete_if_older(&entry?.path(), instant)?;
    }
    Ok(())
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
