//! A file on its way, before it has a name.

use std::io::Write;

use bytes::Bytes;
use tempfile::NamedTempFile;
use tokio::runtime::Handle;

use crate::media::MediaError;
use crate::media::storage::blocking;

/// A file without a name. It is removed when it is dropped.
pub(in crate::media) struct Staged {
    /// None when writing has failed.
    file: Option<NamedTempFile>,
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
