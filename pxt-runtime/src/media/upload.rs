//! A file on its way into the store: written as it comes, hashed and sniffed while it flows.
//!
//! Memory holds one part, whatever the file's size. A file that fits into one part is written with its name at once; a
//! larger one waits elsewhere (in a folder under a name of its own, for a bucket on this machine's disk), since the name is
//! the hash of all of it.

use bytes::{Buf, Bytes, BytesMut};
use sha2::{Digest, Sha256};

use super::format::{Format, HEAD, TextCheck, wanted};
use super::key::Key;
use super::pins::Source;
use super::storage::Staged;
use super::{MediaError, MediaStore};
use crate::schema::ColumnType;
use crate::value::Media;

/// The size of the parts that go to storage, in bytes.
const PART: usize = 1024 * 1024;

/// A file being stored. Dropped before [`finish`](Self::finish), it leaves nothing behind.
#[must_use = "the file is stored by `finish`"]
pub struct Upload {
    store: MediaStore,
    table: Box<str>,
    ty: ColumnType,
    hasher: Sha256,
    /// The bytes not yet in storage. The last ones always wait for `finish`, so that a file's age starts there however
    /// slowly it came.
    part: BytesMut,
    staged: Option<Staged>,
    /// Known once the head is there.
    format: Option<&'static Format>,
    text: TextCheck,
}

impl Upload {
    /// Bytes of a file that are in memory at most, until it is finished.
    pub(crate) const HELD: usize = PART;

    pub(super) fn new(store: MediaStore, table: &str, ty: ColumnType) -> Self {
        Self {
            store,
            table: table.into(),
            ty,
            hasher: Sha256::new(),
            part: BytesMut::new(),
            staged: None,
            format: None,
            text: TextCheck::default(),
        }
    }

    /// Takes the next bytes of the file.
    ///
    /// # Errors
    /// [`MediaError::NotMedia`] as soon as the first bytes show that the file does not fit the column;
    /// [`MediaError::Storage`]. The upload is over then: drop it, or [`abort`](Self::abort) it.
    pub async fn write(&mut self, mut chunk: Bytes) -> Result<(), MediaError> {
        while !chunk.is_empty() {
            if self.part.len() == PART {
                self.flush().await?;
            }
            let len = chunk.len().min(PART - self.part.len());
            let taken = &chunk[..len];
            self.hasher.update(taken);
            self.part.extend_from_slice(taken);
            match self.format {
                Some(format) if format.is_text() => self.text.feed(taken),
                Some(_) => {}
                None if self.part.len() >= HEAD => self.sniff()?,
                None => {}
            }
            chunk.advance(len);
        }
        Ok(())
    }

    /// Says that all bytes are there, and whether the column takes the file. What [`finish`](Self::finish) can still meet
    /// after that is a failing storage; so a form's files can all be judged before the first one is kept.
    ///
    /// # Errors
    /// [`MediaError::Empty`], [`MediaError::NotMedia`].
    pub fn judge(&mut self) -> Result<(), MediaError> {
        if self.part.is_empty() {
            return Err(MediaError::Empty);
        }
        if self.format.is_none() { self.sniff() } else { Ok(()) }
    }

    /// Completes the file and gives it its name. It is on disk or in the bucket when this returns, and nobody deletes it while what is
    /// returned, or a clone, is held: hold it until its row is committed.
    ///
    /// # Errors
    /// [`MediaError::Empty`], [`MediaError::NotMedia`], [`MediaError::Storage`], [`MediaError::Unavailable`]. No file is left
    /// in any of these cases.
    pub async fn finish(mut self) -> Result<Media, MediaError> {
        if let Err(error) = self.judge() {
            self.abort().await;
            return Err(error);
        }
        let format = match self.format {
            Some(format) if !format.is_text() => format,
            _ => self.text.format(),
        };
        let hash = format!("{:x}", self.hasher.finalize_reset());
        let key = Key::write(&self.table, &hash, format.extension)
            .ok_or_else(|| MediaError::storage(format!("`{}` cannot name a folder of media", self.table)))?;
        self.publish(&Key::parse(&key).expect("written a line above")).await
    }

    /// Gives the file up and waits until what was written is removed.
    pub async fn abort(mut self) {
        if let Some(staged) = self.staged.take() {
            staged.abort().await;
        }
    }

    fn sniff(&mut self) -> Result<(), MediaError> {
        let format = Format::of_head(&self.part);
        if !format.fits(self.ty) {
            return Err(MediaError::NotMedia { wanted: wanted(self.ty), found: format.content_type });
        }
        if format.is_text() {
            self.text.feed(&self.part);
        }
        self.format = Some(format);
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), MediaError> {
        let staged = match &mut self.staged {
            Some(staged) => staged,
            none => none.insert(self.store.storage.begin().await?),
        };
        let part = std::mem::replace(&mut self.part, BytesMut::with_capacity(PART));
        staged.write(part.freeze()).await
    }

    async fn publish(&mut self, key: &Key<'_>) -> Result<Media, MediaError> {
        if self.staged.is_some() {
            self.flush().await?;
        }
        let staged = self.staged.take();
        let storage = &self.store.storage;
        let stored = match staged {
            Some(staged) => storage.publish(staged, key).await?,
            None => storage.put(key, self.part.split().freeze()).await?,
        };
        let source = if stored.is_new { Source::Brought } else { Source::BroughtAgain };
        let media = self.store.attach(Media::stored(key.as_str()));
        Ok(self.store.pins.pin(media, source, stored.grip))
    }
}
