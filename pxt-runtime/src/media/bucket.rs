//! Files in a bucket: S3 and what speaks its protocol, Google Cloud Storage, Azure Blob Storage.
//!
//! Keys stand under the location's prefix. Reads pass through: nothing is downloaded that is not asked for. Every request
//! to the bucket has limits and a few further attempts (see `connect`), and what is still not answered then is
//! [`MediaError::Unavailable`]. Several nodes share a bucket; why none deletes what another one uses is said in `trash`.

mod blocking;
mod connect;
mod failure;
mod trash;

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::future;
use futures_util::stream::{BoxStream, FuturesUnordered, StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::signer::{SignedUrlOptions, Signer};
use object_store::{
    Attribute, Attributes, Error, GetOptions, GetResult, MultipartUpload, ObjectStore, ObjectStoreExt,
    PutMultipartOptions, PutOptions, PutPayload,
};

use super::key::Key;
use super::scheme::Scheme;
use super::serve::{content_type, disposition};
use super::spool::Spool;
use super::{MediaError, MediaOptions};
use blocking::Reader;
use failure::unavailable;

/// The size of an object's parts, in bytes, and how many of them are on their way at once: what an upload takes of memory.
/// S3 takes none that is smaller, but for the last one.
const PART: u64 = 5 * 1024 * 1024;
const AT_ONCE: usize = 2;

/// S3 takes 10,000 parts; larger objects have larger ones.
const PARTS: u64 = 9_000;

pub(super) struct Bucket {
    objects: Arc<dyn ObjectStore>,
    signer: Arc<dyn Signer>,
    /// Whether a signed address can say how its object is answered.
    signs_headers: bool,
    prefix: Path,
    /// For messages: the location, and what to set when credentials are refused.
    about: failure::About,
    reader: Reader,
}

/// An object found for an answer.
pub(super) struct Opened {
    bucket: Arc<Bucket>,
    key: String,
    pub(super) size: u64,
    /// What was found, if all of it was asked for.
    found: Option<GetResult>,
}

impl Bucket {
    pub(super) fn open(scheme: Scheme, location: &str, options: &MediaOptions) -> Result<Self, MediaError> {
        connect::connect(scheme, location, options)
    }

    fn path(&self, key: &str) -> Path {
        key.split('/').fold(self.prefix.clone(), |path, part| path.join(part))
    }

    /// Writes an object whole, over one of the same name.
    pub(super) async fn put(&self, key: &Key<'_>, content: Bytes) -> Result<(), MediaError> {
        let options = PutOptions { attributes: attributes(key), ..PutOptions::default() };
        let path = self.path(key.as_str());
        let put = self.objects.put_opts(&path, PutPayload::from(content), options);
        put.await.map(drop).map_err(unavailable)
    }

    /// Sends a long upload under its name. An object of this name has this content, so it is not sent again.
    pub(super) async fn send(self: &Arc<Self>, key: &Key<'_>, spool: Arc<Spool>) -> Result<(), MediaError> {
        if self.has(key).await? {
            return Ok(());
        }
        if spool.size() <= PART {
            return self.put(key, spool.read(0..spool.size()).await?).await;
        }
        let (bucket, key) = (self.clone(), key.as_str().to_owned());
        // A task of its own: whoever waits may be cut off, and parts without an end would be paid for.
        let sending = tokio::spawn(async move { bucket.send_parts(&super::parsed(&key)?, &spool).await });
        sending.await.map_err(MediaError::storage)?
    }

    async fn send_parts(&self, key: &Key<'_>, spool: &Arc<Spool>) -> Result<(), MediaError> {
        let options = PutMultipartOptions { attributes: attributes(key), ..PutMultipartOptions::default() };
        let begun = self.objects.put_multipart_opts(&self.path(key.as_str()), options).await;
        let mut upload = begun.map_err(unavailable)?;
        let error = match parts(&mut *upload, spool).await {
            Ok(()) => match upload.complete().await {
                Ok(_) => return Ok(()),
                Err(error) => unavailable(error),
            },
            Err(error) => error,
        };
        // The last answer may have been lost, not the work: an object is whole or not there.
        if self.has(key).await.unwrap_or(false) {
            return Ok(());
        }
        if let Err(error) = upload.abort().await {
            tracing::warn!(%error, "the parts of an upload that failed are left in the bucket, for its lifecycle rules");
        }
        Err(error)
    }

    /// Whether the object is there itself, not only aside.
    async fn has(&self, key: &Key<'_>) -> Result<bool, MediaError> {
        match self.objects.head(&self.path(key.as_str())).await {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Makes sure that the object is there itself. Its age needs no change: see `trash`.
    pub(super) async fn freshen(&self, key: &Key<'_>) -> Result<(), MediaError> {
        let path = self.path(key.as_str());
        let found = self.head(key).await?.meta.location;
        if found == path { Ok(()) } else { self.objects.copy(&found, &path).await.map_err(failure::of) }
    }

    /// Gives an object a second name, inside of the bucket. False when it was there.
    pub(super) async fn copy(&self, from: &Key<'_>, to: &Key<'_>) -> Result<bool, MediaError> {
        let found = self.head(from).await?.meta.location;
        if self.has(to).await? {
            return Ok(false);
        }
        self.objects.copy(&found, &self.path(to.as_str())).await.map_err(failure::of)?;
        Ok(true)
    }

    pub(super) async fn read(&self, key: &Key<'_>, range: Option<Range<u64>>) -> Result<Bytes, MediaError> {
        let found = self.get(key, GetOptions { range: range.map(Into::into), ..GetOptions::default() }).await?;
        found.bytes().await.map_err(failure::of)
    }

    pub(super) async fn size(&self, key: &Key<'_>) -> Result<u64, MediaError> {
        Ok(self.head(key).await?.meta.size)
    }

    pub(super) fn blocking_read(self: &Arc<Self>, key: &Key<'_>) -> Result<Bytes, MediaError> {
        let (bucket, key) = (self.clone(), key.as_str().to_owned());
        self.reader.run(async move { bucket.read(&super::parsed(&key)?, None).await })?
    }

    pub(super) fn blocking_size(self: &Arc<Self>, key: &Key<'_>) -> Result<u64, MediaError> {
        let (bucket, key) = (self.clone(), key.as_str().to_owned());
        self.reader.run(async move { bucket.size(&super::parsed(&key)?).await })?
    }

    pub(super) async fn open_file(self: Arc<Self>, key: &Key<'_>, whole: bool) -> Result<Opened, MediaError> {
        let found = self.get(key, GetOptions { head: !whole, ..GetOptions::default() }).await?;
        let size = found.meta.size;
        Ok(Opened { bucket: self, key: key.as_str().to_owned(), size, found: whole.then_some(found) })
    }

    /// An address under which anybody may GET the object for so long. None for one that is aside: it may be brought back
    /// meanwhile, and is not there then.
    pub(super) async fn signed(&self, key: &Key<'_>, lifetime: Duration) -> Result<Option<url::Url>, MediaError> {
        let path = self.head(key).await?.meta.location;
        if path != self.path(key.as_str()) {
            return Ok(None);
        }
        let format = key.format();
        // Azure signs no such words; there the object's own attributes say the same.
        let options = match self.signs_headers {
            true => SignedUrlOptions::default().with_query([
                ("response-content-disposition", disposition(format)),
                ("response-content-type", content_type(format)),
            ]),
            false => SignedUrlOptions::default(),
        };
        let signed = self.signer.signed_url_opts(axum::http::Method::GET, &path, lifetime, &options);
        signed.await.map(Some).map_err(unavailable)
    }

    /// The keys of a table's objects that were last written before an instant.
    pub(super) fn older_than(
        &self,
        table: &str,
        instant: SystemTime,
    ) -> BoxStream<'static, Result<String, MediaError>> {
        let folder = self.path(table);
        let names = folder.clone();
        let table = table.to_owned();
        self.objects
            .list(Some(&folder))
            .map_err(unavailable)
            .try_filter_map(move |object| {
                let old = SystemTime::from(object.last_modified) <= instant;
                let name = object.location.prefix_match(&names).and_then(|mut parts| parts.next());
                let key = name.map(|name| format!("{table}/{}", name.as_ref()));
                future::ready(Ok(key.filter(|key| old && Key::parse(key).is_some())))
            })
            .fuse()
            .boxed()
    }

    async fn head(&self, key: &Key<'_>) -> Result<GetResult, MediaError> {
        self.get(key, GetOptions { head: true, ..GetOptions::default() }).await
    }

    /// Reads an object where it is: under its name, or aside. Between two looks it may have been brought back, so the
    /// first place is looked at again.
    async fn get(&self, key: &Key<'_>, options: GetOptions) -> Result<GetResult, MediaError> {
        let named = self.path(key.as_str());
        if let Some(found) = self.found(&named, options.clone()).await? {
            return Ok(found);
        }
        if let Some(aside) = self.aside(key).await?
            && let Some(found) = self.found(&aside, options.clone()).await?
        {
            return Ok(found);
        }
        self.found(&named, options).await?.ok_or(MediaError::Missing)
    }

    async fn found(&self, path: &Path, options: GetOptions) -> Result<Option<GetResult>, MediaError> {
        match self.objects.get_opts(path, options).await {
            Ok(found) => Ok(Some(found)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }
}

impl Opened {
    /// A part of the object, as a stream of chunks.
    pub(super) async fn stream(
        self,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes, MediaError>>, MediaError> {
        let found = match self.found {
            Some(found) => found,
            None => {
                let options = GetOptions { range: Some(range.into()), ..GetOptions::default() };
                self.bucket.get(&super::parsed(&self.key)?, options).await?
            }
        };
        Ok(found.into_stream().map_err(failure::of).boxed())
    }
}

/// Sends the parts in order, few at once.
async fn parts(upload: &mut dyn MultipartUpload, spool: &Arc<Spool>) -> Result<(), MediaError> {
    let size = spool.size();
    let length = PART.max(size.div_ceil(PARTS));
    let mut sending = FuturesUnordered::new();
    let mut start = 0;
    while start < size {
        if sending.len() == AT_ONCE {
            sending.try_next().await.map_err(unavailable)?;
        }
        let end = size.min(start + length);
        let part = spool.read(start..end).await?;
        sending.push(upload.put_part(part.into()));
        start = end;
    }
    sending.try_collect().await.map_err(unavailable)
}

/// What the bucket answers with, where clients are sent to it.
fn attributes(key: &Key<'_>) -> Attributes {
    let format = key.format();
    Attributes::from_iter([
        (Attribute::ContentType, content_type(format)),
        (Attribute::ContentDisposition, disposition(format)),
    ])
}
