//! A file as a column's value: where it is, and how its bytes are reached.
//!
//! This room only carries files about. What they are, and how they are kept, is the business of `media`.

use std::any::Any;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures_util::future::BoxFuture;

/// What a reader found wrong.
type ReadError = Box<dyn std::error::Error + Send + Sync>;

/// A file. Clones share what was read and decoded.
#[derive(Clone)]
pub struct Media {
    origin: Origin,
    reader: Option<Arc<dyn MediaReader>>,
    decoded: Arc<Decoded>,
    /// Held while the file is in use; storage knows what it means.
    pin: Option<Arc<dyn Any + Send + Sync>>,
}

/// Where a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In storage, under this key (`films.posters/9f86….png`).
    Stored(Arc<str>),
    /// In memory: what a function returned, or what a caller brought.
    Bytes(Bytes),
    /// Somewhere that a request named, not looked at yet.
    Url(String),
}

/// Reads stored files.
pub trait MediaReader: Send + Sync {
    /// The bytes under a key, or a part of them.
    fn read<'a>(&'a self, key: &'a str, range: Option<Range<u64>>) -> BoxFuture<'a, Result<Bytes, ReadError>>;

    /// The number of bytes under a key.
    fn size<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<u64, ReadError>>;

    /// The bytes under a key, for threads that may block. It must not wait for another such thread: all of them may be
    /// in here at once.
    fn blocking_read(&self, key: &str) -> Result<Bytes, ReadError>;

    /// The number of bytes under a key, on the same terms.
    fn blocking_size(&self, key: &str) -> Result<u64, ReadError>;

    /// The address under which clients read a key.
    fn url(&self, key: &str) -> String;
}

/// What has been made of a file's bytes, kept for the next function that asks.
#[derive(Default)]
pub struct Decoded(OnceLock<Box<dyn Any + Send + Sync>>);

impl Media {
    /// A file in storage.
    pub fn stored(key: impl Into<Arc<str>>) -> Self {
        Self::new(Origin::Stored(key.into()))
    }

    /// A file in memory.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        Self::new(Origin::Bytes(bytes.into()))
    }

    /// A file that a request named by URL.
    pub fn from_url(url: impl Into<String>) -> Self {
        Self::new(Origin::Url(url.into()))
    }

    fn new(origin: Origin) -> Self {
        Self { origin, reader: None, decoded: Arc::default(), pin: None }
    }

    /// Where the file is.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The key in storage, for a stored file.
    pub fn key(&self) -> Option<&str> {
        if let Origin::Stored(key) = &self.origin { Some(key) } else { None }
    }

    /// The address under which clients read a stored file; a path while no reader knows the service's public address.
    pub fn url(&self) -> Option<String> {
        let key = self.key()?;
        Some(self.reader.as_ref().map_or_else(|| format!("/media/{key}"), |reader| reader.url(key)))
    }

    /// The same file, readable.
    #[must_use]
    pub fn with_reader(mut self, reader: Arc<dyn MediaReader>) -> Self {
        self.reader = Some(reader);
        self
    }

    /// The same file, held in use by this until the last clone is dropped.
    pub(crate) fn with_pin(mut self, pin: Arc<dyn Any + Send + Sync>) -> Self {
        self.pin = Some(pin);
        self
    }

    pub(crate) fn pin(&self) -> Option<&Arc<dyn Any + Send + Sync>> {
        self.pin.as_ref()
    }

    /// The same file without what was made of its bytes. For rows that are kept after their functions have run: decoded
    /// images count against the memory that all requests share.
    #[must_use]
    pub fn without_decoded(mut self) -> Self {
        self.decoded = Arc::default();
        self
    }

    /// The same content in another place: what was made of the bytes goes along, the pin is the place's.
    pub(crate) fn moved_to(self, place: Self) -> Self {
        Self { decoded: self.decoded, ..place }
    }

    pub(crate) fn reader(&self) -> Option<&Arc<dyn MediaReader>> {
        self.reader.as_ref()
    }

    /// What was made of the bytes.
    pub fn decoded(&self) -> &Decoded {
        &self.decoded
    }
}

impl Decoded {
    /// What is kept, or what `make` makes now. Two who ask at once may both make it; one result is kept, and both have that.
    pub fn get_or_make<T, E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<T, E>
    where
        T: Clone + Send + Sync + 'static,
    {
        if let Some(kept) = self.0.get().and_then(|any| any.downcast_ref::<T>()) {
            return Ok(kept.clone());
        }
        let made = make()?;
        let kept = self.0.get_or_init(|| Box::new(made.clone())).downcast_ref::<T>();
        Ok(kept.cloned().unwrap_or(made))
    }
}

impl PartialEq for Media {
    fn eq(&self, other: &Self) -> bool {
        self.origin == other.origin
    }
}

impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::Stored(key) => f.debug_tuple("Stored").field(key).finish(),
            Origin::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Origin::Url(url) => f.debug_tuple("Url").field(url).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[test]
    fn those_who_make_at_once_have_the_same() {
        let decoded = Decoded::default();
        let make = |made: Arc<str>, meanwhile: &dyn Fn()| {
            let kept: Result<_, Infallible> = decoded.get_or_make(|| {
                meanwhile();
                Ok(made)
            });
            kept.expect("cannot fail")
        };
        // The second one begins later, and is ready first.
        let first = make("first".into(), &|| {
            assert_eq!(&*make("second".into(), &|| {}), "second");
        });
        assert_eq!(&*first, "second");
    }
}
