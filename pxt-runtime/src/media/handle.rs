//! The types that tables declare media columns with, and functions receive them as.

use std::borrow::Cow;
use std::io;
use std::path::Path;

use bytes::Bytes;

use super::MediaError;
use crate::schema::{ColumnType, Shape};
use crate::value::{ColumnValue, Media, Mismatch, Parameter, Value};

macro_rules! handle {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Cloning is cheap. In JSON it is its [`url`](Self::url); null while it is not stored.
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name(pub(super) Media);

        impl $name {
            /// A file in memory, such as a function returns. It is stored with its row.
            pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
                Self(Media::from_bytes(bytes))
            }

            /// Reads a file of this machine into memory. For Rust callers: no request reaches it.
            ///
            /// # Errors
            /// What the file system says.
            pub async fn open(path: impl AsRef<Path>) -> io::Result<Self> {
                tokio::fs::read(path).await.map(Self::from_bytes)
            }

            /// The whole file.
            ///
            /// # Errors
            /// [`MediaError::Missing`] or [`MediaError::Storage`] for a stored file that cannot be read.
            pub async fn bytes(&self) -> Result<Bytes, MediaError> {
                self.0.bytes().await
            }

            /// [`bytes`](Self::bytes) for functions that are not async. It blocks the thread on file access, so not for
            /// threads that run async code.
            ///
            /// # Errors
            /// As [`bytes`](Self::bytes).
            pub fn blocking_bytes(&self) -> Result<Bytes, MediaError> {
                self.0.blocking_bytes()
            }

            /// The number of bytes.
            ///
            /// # Errors
            /// As [`bytes`](Self::bytes).
            pub async fn size(&self) -> Result<u64, MediaError> {
                self.0.size().await
            }

            /// [`size`](Self::size) for functions that are not async, with the caution of
            /// [`blocking_bytes`](Self::blocking_bytes).
            ///
            /// # Errors
            /// As [`bytes`](Self::bytes).
            pub fn blocking_size(&self) -> Result<u64, MediaError> {
                self.0.blocking_size()
            }

            /// What the bytes are: `image/png`. `application/octet-stream` for what is not known.
            pub fn content_type(&self) -> &'static str {
                self.0.content_type()
            }

            /// The usual end of such a file's name, without a dot: `png`.
            pub fn extension(&self) -> &'static str {
                self.0.extension()
            }

            /// The key in storage, for a stored file.
            pub fn key(&self) -> Option<&str> {
                self.0.key()
            }

            /// The address under which clients read a stored file: `/media/{key}`, after the service's public address when
            /// there is one.
            pub fn url(&self) -> Option<String> {
                self.0.url()
            }

            /// The file without its kind.
            pub fn media(&self) -> &Media {
                &self.0
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Value::Media(self.0.clone()).serialize(serializer)
            }
        }
    };
}

macro_rules! column {
    ($name:ident, $pattern:literal) => {
        #[diagnostic::do_not_recommend]
        impl ColumnValue for $name {
            type Plain = Self;
            const SHAPE: Shape = Shape::of(ColumnType::$name);

            fn into_value(self) -> Value {
                Value::Media(self.0)
            }

            fn from_value(value: Value) -> Result<Self, Mismatch> {
                if let Value::Media(media) = value { Ok(Self(media)) } else { Err(Mismatch) }
            }
        }

        impl From<$name> for AnyMedia {
            fn from(handle: $name) -> Self {
                Self(handle.0)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "format": "uri", "contentMediaType": $pattern })
            }
        }
    };
}

#[cfg(feature = "images")]
handle! {
    /// A raster image: PNG, JPEG, GIF, WebP or BMP.
    Image
}
handle! {
    /// A video.
    Video
}
handle! {
    /// A sound recording.
    Audio
}
handle! {
    /// A file of any kind.
    Document
}
handle! {
    /// A file of any media column. Only functions take it; a column says which kind it holds.
    AnyMedia
}

#[cfg(feature = "images")]
column!(Image, "image/*");
column!(Video, "video/*");
column!(Audio, "audio/*");
column!(Document, "application/octet-stream");

#[diagnostic::do_not_recommend]
impl Parameter for AnyMedia {
    const SHAPE: Shape = Shape::ANY_MEDIA;

    fn from_value(value: Value) -> Result<Self, Mismatch> {
        if let Value::Media(media) = value { Ok(Self(media)) } else { Err(Mismatch) }
    }
}

#[diagnostic::do_not_recommend]
impl Parameter for Option<AnyMedia> {
    const SHAPE: Shape = Shape::ANY_MEDIA.optional();

    fn from_value(value: Value) -> Result<Self, Mismatch> {
        if value.is_null() { Ok(None) } else { AnyMedia::from_value(value).map(Some) }
    }
}
