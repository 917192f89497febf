//! Errors of the store and of media, as a client may see them.

use crate::error::{Error, FieldError};
use crate::media::MediaError;

pub(crate) use crate::store::store_error;

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
    match error {
        MediaError::Busy => Error::new(503, "busy", MediaError::Busy.to_string()).with_retry_after(1),
        MediaError::Unavailable(_) => {
            Error::new(503, "media_unavailable", error.to_string()).with_retry_after(5).with_source(error)
        }
        error => Error::internal(error),
    }
}
