//! What goes wrong with files. The texts are for clients: none names a place on the server, but for what opening the
//! store says to whoever runs the service.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

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
    #[error("is not a readable image: {0}")]
    Undecodable(#[source] image::ImageError),
    /// The image is larger than this service decodes.
    #[error("is larger than {side} pixels a side or {mebibytes} MiB decoded")]
    TooLarge {
        /// The limit on width and height.
        side: u32,
        /// The limit on the decoded image.
        mebibytes: u64,
    },
    /// The image's file is longer than this service reads whole.
    #[error("is an image file of more than {mebibytes} MiB")]
    TooLong {
        /// The limit on the file.
        mebibytes: u64,
    },
    /// Large images took all the memory that there is for them, for as long as one waits.
    #[error("the service decodes too many large images at the moment")]
    Busy,
    /// An argument of a function that it cannot work with.
    #[error("{0}")]
    Argument(Cow<'static, str>),
    /// A file that the database names is not in storage.
    #[error("the stored file is missing")]
    Missing,
    /// An image could not be written in a format.
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
    /// The bucket does not answer, or refuses, for now: another attempt may succeed.
    #[error("media storage does not answer at the moment")]
    Unavailable(#[source] BoxError),
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
            | Self::Undecodable(_)
            | Self::TooLong { .. }
            | Self::TooLarge { .. }
            | Self::Argument(_) => true,
            Self::Busy
            | Self::Missing
            | Self::Encode(_)
            | Self::Location(_)
            | Self::Folder { .. }
            | Self::Bucket(_)
            | Self::Unavailable(_)
            | Self::Storage(_) => false,
        }
    }

    pub(crate) fn storage(source: impl Into<BoxError>) -> Self {
        Self::Storage(source.into())
    }
}

impl From<object_store::Error> for MediaError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => Self::Missing,
            error => Self::storage(error),
        }
    }
}

impl From<io::Error> for MediaError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound { Self::Missing } else { Self::storage(error) }
    }
}
