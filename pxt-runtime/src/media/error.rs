//! What goes wrong with files. The texts are for clients: none names a place on the server, but for what opening the
//! store says to whoever runs the service.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;

use crate::error::{Error, abandoned};

/// The cause of a failure that is ours.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a file was not stored, read or worked on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MediaError {
    /// The content does not fit the column.
    #[error("must be {wanted}, not {found}")]
    NotMedia {
        /// What the column takes, in words.
        wanted: &'static str,
        /// The content type that the bytes show.
        found: &'static str,
    },
    /// There are no bytes.
    #[error("must not be an empty file")]
    Empty,
    /// A request's URL that names no usable file.
    #[error("{0}")]
    Url(Cow<'static, str>),
    /// The bytes begin as an image but are none.
    #[cfg(feature = "images")]
    #[error("is not a readable image: {0}")]
    Undecodable(#[source] image::ImageError),
    /// The image is larger than this service decodes: see [`Config::max_pixels`](crate::Config::max_pixels).
    #[error("is larger than {side} pixels a side or {} megapixels: send a smaller one", *pixels as f64 / 1e6)]
    TooLarge {
        /// The limit on width and height.
        side: u32,
        /// The limit on the number of pixels.
        pixels: u64,
    },
    /// The image takes more memory than there is for all of them: see [`Config::image_memory`](crate::Config::image_memory).
    #[error("takes {mebibytes} MiB of memory to look at, and there are {limit} MiB for images: send a smaller one")]
    TooCostly {
        /// What it takes: its file, its pixels, and what the decoder needs besides.
        mebibytes: u64,
        /// What there is.
        limit: u64,
    },
    /// The images of a row take more memory together than there is for all: see
    /// [`Config::image_memory`](crate::Config::image_memory).
    #[error(
        "the images of the row take {mebibytes} MiB of memory together, and there are {limit} MiB for images: send smaller ones"
    )]
    TooCostlyTogether {
        /// What they take.
        mebibytes: u64,
        /// What there is.
        limit: u64,
    },
    /// The file carries more beside its pixels than a decoder should keep.
    #[error("carries more than {mebibytes} MiB of metadata: save it without")]
    Metadata {
        /// The limit.
        mebibytes: u64,
    },
    /// The image's file is longer than this service reads whole.
    #[error("is an image file of more than {mebibytes} MiB")]
    TooLong {
        /// The limit on the file.
        mebibytes: u64,
    },
    /// Images took all the memory that there is for them, for as long as one waits.
    #[error("the service decodes too many images at the moment")]
    Busy,
    /// Nobody waits any more for what was to be made of the image.
    #[error("the client did not wait until its image was looked at")]
    Abandoned,
    /// An argument of a function that it cannot work with.
    #[error("{0}")]
    Argument(Cow<'static, str>),
    /// A file that the database names is not in storage.
    #[error("the stored file is missing")]
    Missing,
    /// An image could not be written in a format.
    #[cfg(feature = "images")]
    #[error("the image cannot be encoded: {0}")]
    Encode(#[source] image::ImageError),
    /// A media location in the configuration that names no folder.
    #[error("{0}")]
    Location(Cow<'static, str>),
    /// The media folder cannot be made or written to. Said when the store is opened.
    #[error("the media folder `{}` cannot be written to: {cause}", folder.display())]
    Folder {
        /// The folder, as configured.
        folder: PathBuf,
        /// What the file system says.
        #[source]
        cause: io::Error,
    },
    /// The bucket cannot be used. Said when the store is opened.
    #[error("{0}")]
    Bucket(Cow<'static, str>),
    /// The bucket does not answer, or refuses, or the folder may not be used, for now: another attempt may succeed.
    #[error("media storage cannot be used at the moment")]
    Unavailable(#[source] BoxError),
    /// The disk is full, or what may be used of it, or a file is longer than files may be there.
    #[error("no space is left for media")]
    Full(#[source] BoxError),
    /// Storage failed.
    #[error("media storage failed")]
    Storage(#[source] BoxError),
}

impl MediaError {
    /// Whether what the client sent is at fault, and the text says what to send instead.
    pub fn is_client_mistake(&self) -> bool {
        match self {
            Self::NotMedia { .. }
            | Self::Empty
            | Self::Url(_)
            | Self::TooLong { .. }
            | Self::TooLarge { .. }
            | Self::TooCostly { .. }
            | Self::TooCostlyTogether { .. }
            | Self::Metadata { .. }
            | Self::Argument(_) => true,
            #[cfg(feature = "images")]
            Self::Undecodable(_) => true,
            Self::Busy
            | Self::Abandoned
            | Self::Missing
            | Self::Location(_)
            | Self::Folder { .. }
            | Self::Bucket(_)
            | Self::Unavailable(_)
            | Self::Full(_)
            | Self::Storage(_) => false,
            #[cfg(feature = "images")]
            Self::Encode(_) => false,
        }
    }

    /// A failure of storage: what it means follows from what the system said.
    pub(crate) fn storage(source: impl Into<BoxError>) -> Self {
        use io::ErrorKind as Kind;
        let source = source.into();
        let Some(said) = said_by_system(&*source) else { return Self::Storage(source) };
        match said.kind() {
            Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge => Self::Full(source),
            Kind::ReadOnlyFilesystem | Kind::PermissionDenied => Self::Unavailable(source),
            _ => Self::Storage(source),
        }
    }

    /// What a client is told of a condition that passes, or that an operator ends. None for all other failures.
    pub(crate) fn told(&self) -> Option<Error> {
        Some(match self {
            Self::Busy => Error::new(503, "busy", self.to_string()).with_retry_after(1),
            Self::Unavailable(_) => Error::new(503, "media_unavailable", self.to_string()).with_retry_after(5),
            Self::Abandoned => abandoned(),
            Self::Full(_) => Error::new(507, "storage_full", "the server has no room left"),
            _ => return None,
        })
    }
}

/// The system's error at the bottom of another one.
fn said_by_system<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a io::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(said) = error.downcast_ref() {
            return Some(said);
        }
        next = error.source();
    }
    None
}

impl From<io::Error> for MediaError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound { Self::Missing } else { Self::storage(error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_decides() {
        let told = |kind: io::ErrorKind| {
            // As a library wraps it.
            let told = MediaError::storage(MediaError::Storage(io::Error::from(kind).into())).told();
            told.map(|told| (told.status(), told.code(), told.retry_after()))
        };
        for kind in [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded, io::ErrorKind::FileTooLarge] {
            assert_eq!(told(kind), Some((507, "storage_full", None)));
        }
        for kind in [io::ErrorKind::ReadOnlyFilesystem, io::ErrorKind::PermissionDenied] {
            assert_eq!(told(kind), Some((503, "media_unavailable", Some(5))));
        }
        assert_eq!(told(io::ErrorKind::InvalidData), None);
        assert!(matches!(MediaError::from(io::Error::from(io::ErrorKind::StorageFull)), MediaError::Full(_)));
        // A file that is not there stays that.
        assert!(matches!(MediaError::from(io::Error::from(io::ErrorKind::NotFound)), MediaError::Missing));
    }
}
