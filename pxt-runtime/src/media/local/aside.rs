//! Writing a file aside and giving it its name: what has a name is whole.
//!
//! A name is on disk when it is given. The file is synced before it, and its folder after it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use tempfile::NamedTempFile;
use tokio::runtime::Handle;

use super::regular;
use crate::media::MediaError;
use crate::media::key::Key;
use crate::media::storage::blocking;

/// Where content is written before it has a name.
pub(super) const UPLOADS: &str = ".uploads";

/// The media folder. Its methods block.
pub(super) struct Folder {
    pub(super) root: PathBuf,
    /// Held while a table's folder is made: nobody puts a file into one that is not on disk.
    making: Mutex<()>,
}

/// A file without a name. It is removed when it is dropped.
pub(in crate::media) struct Staged {
    /// None when writing has failed.
    file: Option<NamedTempFile>,
}

impl Folder {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root, making: Mutex::default() }
    }

    /// Writes a file whole, over one of the same name.
    pub(super) fn put(&self, key: &Key<'_>, content: &[u8]) -> Result<(), MediaError> {
        let mut file = self.aside()?;
        file.write_all(content).map_err(MediaError::storage)?;
        self.publish(file, key)
    }

    /// A file whose name is not known yet.
    pub(super) fn aside(&self) -> Result<NamedTempFile, MediaError> {
        let uploads = self.root.join(UPLOADS);
        let made = match temporary(&uploads) {
            // Somebody has cleaned up.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(&uploads).and_then(|()| temporary(&uploads))
            }
            made => made,
        };
        made.map_err(MediaError::storage)
    }

    /// Gives a file its name, over a file of the same name.
    pub(super) fn publish(&self, file: NamedTempFile, key: &Key<'_>) -> Result<(), MediaError> {
        let folder = self.table(key.table)?;
        file.as_file().sync_all().map_err(MediaError::storage)?;
        file.persist(folder.join(key.file())).map_err(|failed| MediaError::storage(failed.error))?;
        sync(&folder)
    }

    /// Gives a file a second name. Both share their bytes, and their age. False when the name was there.
    pub(super) fn copy(&self, from: &Key<'_>, to: &Key<'_>) -> Result<bool, MediaError> {
        regular::open(&self.root, from)?;
        let folder = self.table(to.table)?;
        match fs::hard_link(self.root.join(from.as_str()), folder.join(to.file())) {
            Ok(()) => sync(&folder).map(|()| true),
            // Names are hashes: what is there already is the same.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The folder of a table's files, made if it is missing.
    fn table(&self, table: &str) -> Result<PathBuf, MediaError> {
        if regular::is_foreign(&self.root, table) {
            // It would be written where nothing is read.
            let text = format!("`{table}` in the media folder is no folder, or a link to one");
            return Err(MediaError::Unavailable(text.into()));
        }
        let folder = self.root.join(table);
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        match fs::create_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(folder),
            Err(error) => Err(MediaError::storage(error)),
            Ok(()) => match sync(&self.root) {
                Ok(()) => Ok(folder),
                Err(error) => {
                    // The next one makes it anew, and syncs. What this failure leaves is empty.
                    let _ = fs::remove_dir(&folder);
                    Err(error)
                }
            },
        }
    }
}

impl Staged {
    pub(super) fn new(file: NamedTempFile) -> Self {
        Self { file: Some(file) }
    }

    /// Takes the next part. After a failure the file is gone.
    pub(in crate::media) async fn write(&mut self, part: Bytes) -> Result<(), MediaError> {
        let mut file = self.take()?;
        let written = blocking(move || file.write_all(&part).map(|()| file).map_err(MediaError::storage));
        self.file = Some(written.await?);
        Ok(())
    }

    /// Removes what was written.
    pub(in crate::media) async fn abort(mut self) -> Result<(), MediaError> {
        match self.file.take() {
            Some(file) => blocking(|| file.close().map_err(MediaError::storage)).await,
            None => Ok(()),
        }
    }

    pub(super) fn take(&mut self) -> Result<NamedTempFile, MediaError> {
        self.file.take().ok_or_else(|| MediaError::storage("an upload goes on after it has failed"))
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // To remove a long file takes a while.
        if let (Some(file), Ok(runtime)) = (self.file.take(), Handle::try_current()) {
            runtime.spawn_blocking(|| drop(file));
        }
    }
}

/// A new file, for whom the process' mask lets read it.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    let builder = builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.prefix("").tempfile_in(folder)
}

/// Makes the names in a folder durable. Only Unix can be asked for that.
fn sync(folder: &Path) -> Result<(), MediaError> {
    if cfg!(unix) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(MediaError::storage)
    } else {
        Ok(())
    }
}
