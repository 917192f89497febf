//! A media folder: its tables' folders, and where a file is written before it has a name (see `names`).

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::NamedTempFile;

use super::regular;
use crate::media::MediaError;
use crate::media::lock::Locks;

/// Where content is written before it has a name.
pub(super) const UPLOADS: &str = ".uploads";

/// The media folder. Its methods block.
pub(super) struct Folder {
    pub(super) root: PathBuf,
    pub(super) locks: Locks,
    /// The tables whose folders are known to be on disk. Held while one is made: nobody puts a file into one that is not.
    tables: Mutex<HashSet<Box<str>>>,
}

impl Folder {
    pub(super) fn new(root: PathBuf, locks: Locks) -> Self {
        Self { root, locks, tables: Mutex::default() }
    }

    /// A file of this content, which has no name yet.
    pub(super) fn written(&self, content: &[u8]) -> Result<NamedTempFile, MediaError> {
        let mut file = self.aside()?;
        file.write_all(content).map_err(MediaError::storage)?;
        Ok(file)
    }

    /// A file whose name is not known yet. It is locked from here on, as what uses it.
    pub(super) fn aside(&self) -> Result<NamedTempFile, MediaError> {
        let uploads = self.root.join(UPLOADS);
        let made = match temporary(&uploads) {
            // Somebody has cleaned up.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(&uploads).and_then(|()| temporary(&uploads))
            }
            made => made,
        };
        let file = made.map_err(MediaError::storage)?;
        self.locks.own(file.as_file()).map_err(MediaError::storage)?;
        // A sweep may have taken it for a leftover before it was locked.
        if regular::has_a_name(file.as_file()).map_err(MediaError::storage)? { Ok(file) } else { self.aside() }
    }

    /// The folder of a table's files, made if it is missing.
    pub(super) fn table(&self, table: &str) -> Result<PathBuf, MediaError> {
        if regular::is_foreign(&self.root, table) {
            // It would be written where nothing is read.
            let text = format!("`{table}` in the media folder is no folder, or a link to one");
            return Err(MediaError::Unavailable(text.into()));
        }
        let folder = self.root.join(table);
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        match fs::create_dir(&folder) {
            // Another process that made it may not have come so far as to sync.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if tables.contains(table) {
                    return Ok(folder);
                }
            }
            made => made.map_err(MediaError::storage)?,
        }
        // It may be known from before somebody cleaned up.
        tables.remove(table);
        sync(&self.root)?;
        tables.insert(table.into());
        Ok(folder)
    }
}

/// A new file, for whom the process' mask lets read it.
pub(super) fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    let builder = builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.prefix("").tempfile_in(folder)
}

/// Makes the names in a folder durable. Only Unix can be asked for that.
pub(super) fn sync(folder: &Path) -> Result<(), MediaError> {
    if cfg!(unix) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(MediaError::storage)
    } else {
        Ok(())
    }
}
