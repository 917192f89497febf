//! Errors of media, as a client may see them.

use crate::error::{Error, FieldError};
use crate::media::MediaError;

/// A file's error. What the client sent wrong is named by its column.
pub(crate) fn media_error(column: &str, error: MediaError) -> Error {
    if error.is_client_mistake() {
        Error::invalid(vec![FieldError::pointer(column, "bad_media", error.to_string())])
    } else {
        storage_error(error)
    }
}

/// A file's error that is not the client's.
pub(crate) fn storage_error(error: MediaError) -> Error {
    match error.told() {
        Some(told) => told.with_source(error),
        None => Error::internal(error),
    }
}
