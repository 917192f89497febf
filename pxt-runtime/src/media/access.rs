//! Reading a file, wherever it is: the same few questions for every kind of handle.

use bytes::Bytes;

use super::format::Format;
use super::key::Key;
use super::{BoxError, MediaError};
use crate::value::{Media, MediaReader, Origin};

impl Media {
    /// The whole file.
    ///
    /// # Errors
    /// [`MediaError::Missing`] or [`MediaError::Storage`] for a stored file that cannot be read.
    pub async fn bytes(&self) -> Result<Bytes, MediaError> {
        match self.source()? {
            Source::Stored(reader, key) => reader.read(key, None).await.map_err(failure),
            Source::Memory(bytes) => Ok(bytes.clone()),
        }
    }

    /// [`bytes`](Self::bytes) for functions that are not async. It blocks the thread on file access, so not for
    /// threads that run async code.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub fn blocking_bytes(&self) -> Result<Bytes, MediaError> {
        match self.source()? {
            Source::Stored(reader, key) => reader.blocking_read(key).map_err(failure),
            Source::Memory(bytes) => Ok(bytes.clone()),
        }
    }

    /// The number of bytes.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub async fn size(&self) -> Result<u64, MediaError> {
        match self.source()? {
            Source::Stored(reader, key) => reader.size(key).await.map_err(failure),
            Source::Memory(bytes) => Ok(bytes.len() as u64),
        }
    }

    /// [`size`](Self::size) for functions that are not async, with the same caution as
    /// [`blocking_bytes`](Self::blocking_bytes).
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub fn blocking_size(&self) -> Result<u64, MediaError> {
        match self.source()? {
            Source::Stored(reader, key) => reader.blocking_size(key).map_err(failure),
            Source::Memory(bytes) => Ok(bytes.len() as u64),
        }
    }

    /// What the bytes are: `image/png`. `application/octet-stream` for what is not known.
    pub fn content_type(&self) -> &'static str {
        self.format().content_type
    }

    /// The usual end of such a file's name, without a dot: `png`.
    pub fn extension(&self) -> &'static str {
        self.format().extension
    }

    /// The sha256 of the content in hex, for a stored file: it is part of its name.
    pub(crate) fn stored_hash(&self) -> Option<&str> {
        Some(Key::parse(self.key()?)?.hash)
    }

    fn format(&self) -> &'static Format {
        match self.origin() {
            Origin::Stored(key) => Key::parse(key).map_or_else(|| Format::of_extension(""), |key| key.format()),
            Origin::Bytes(bytes) => Format::of_bytes(bytes),
            Origin::Url(_) => Format::of_extension(""),
        }
    }

    fn source(&self) -> Result<Source<'_>, MediaError> {
        match self.origin() {
            Origin::Stored(key) => match self.reader() {
                Some(reader) => Ok(Source::Stored(&**reader, key)),
                None => Err(MediaError::storage("the file is not attached to a store")),
            },
            Origin::Bytes(bytes) => Ok(Source::Memory(bytes)),
            Origin::Url(_) => Err(MediaError::storage("the file's URL has not been resolved")),
        }
    }
}

enum Source<'a> {
    Stored(&'a dyn MediaReader, &'a str),
    Memory(&'a Bytes),
}

/// A reader's error is usually ours already.
fn failure(error: BoxError) -> MediaError {
    match error.downcast::<MediaError>() {
        Ok(error) => *error,
        Err(error) => MediaError::Storage(error),
    }
}
