//! From what a caller or a function gave to a file of the row's own table.
//!
//! A request can name a file of this service or carry one in a `data:` URL. It never makes the service open a path or
//! call another host.

use bytes::Bytes;
use data_url::DataUrl;

use super::format::wanted;
use super::key::Key;
use super::pins::Source;
use super::{MediaError, MediaStore};
use crate::schema::ColumnType;
use crate::value::{Media, Origin};

impl MediaStore {
    /// Makes a file usable as the value of a column of this type in this table. Bytes are stored. A stored file is kept,
    /// or copied when it belongs to another table; either way it is as young as a new one, and so safe from the sweep
    /// until its row is committed; what is returned is pinned as by [`Upload::finish`](super::Upload::finish).
    /// A URL has to be `/media/{key}` of the same table (also under `public_url`) or a `data:` URL.
    ///
    /// # Errors
    /// [`MediaError::Url`] for any other URL, [`MediaError::NotMedia`] when the file does not fit the column,
    /// [`MediaError::Empty`], [`MediaError::Missing`], [`MediaError::Storage`].
    pub async fn settle(
        &self,
        table: &str,
        ty: ColumnType,
        media: Media,
        public_url: Option<&str>,
    ) -> Result<Media, MediaError> {
        let stored = match media.origin() {
            Origin::Stored(key) => {
                // What an upload of the same request brought is its own still.
                let source = self.pins.of(&media).map_or(Source::Found, |pin| pin.source);
                self.adopt(table, ty, key, source).await?
            }
            Origin::Url(url) => match address(url, public_url)? {
                // A key alone is no permission to read another table's files.
                Address::Own(key) if !key.starts_with(&format!("{table}/")) => {
                    return Err(unknown(MediaError::Missing));
                }
                Address::Own(key) => self.adopt(table, ty, key, Source::Found).await.map_err(unknown)?,
                Address::Data(bytes) => return self.put(table, ty, bytes).await,
            },
            Origin::Bytes(bytes) => self.put(table, ty, bytes.clone()).await?,
        };
        Ok(media.moved_to(stored))
    }

    /// The stored file that a request's URL names, pinned, when its table is one that `seen` lets clients see. None when the URL
    /// names no file of this service.
    ///
    /// # Errors
    /// [`MediaError::Url`] when there is no such file, [`MediaError::NotMedia`] when it is not of this type.
    pub async fn named(
        &self,
        media: &Media,
        ty: ColumnType,
        public_url: Option<&str>,
        seen: impl Fn(&str) -> bool,
    ) -> Result<Option<Media>, MediaError> {
        let Origin::Url(url) = media.origin() else { return Ok(None) };
        let Address::Own(key) = address(url, public_url)? else { return Ok(None) };
        let key = Key::parse(key).filter(|key| seen(key.table)).ok_or_else(unseen)?;
        if !key.format().fits(ty) {
            return Err(MediaError::NotMedia { wanted: wanted(ty), found: key.format().content_type });
        }
        match self.storage.find(&key).await {
            Ok(found) => {
                let file = self.attach(Media::stored(key.as_str()));
                Ok(Some(self.pins.pin(file, Source::Found, found.grip)))
            }
            Err(MediaError::Missing) => Err(unseen()),
            Err(error) => Err(error),
        }
    }

    /// Makes a stored file one of this table's, young and pinned. `source` is whose it is in its own table.
    async fn adopt(&self, table: &str, ty: ColumnType, key: &str, source: Source) -> Result<Media, MediaError> {
        let key = Key::parse(key).ok_or(MediaError::Missing)?;
        if !key.format().fits(ty) {
            return Err(MediaError::NotMedia { wanted: wanted(ty), found: key.format().content_type });
        }
        let own = Key::write(table, key.hash, key.extension)
            .ok_or_else(|| MediaError::storage(format!("`{table}` cannot name a folder of media")))?;
        let target = Key::parse(&own).expect("written a line above");
        let (source, stored) = if key.table == table {
            (source, self.storage.freshen(&target).await?)
        } else {
            let stored = self.storage.copy(&key, &target).await?;
            (if stored.is_new { Source::Brought } else { Source::Found }, stored)
        };
        Ok(self.pins.pin(self.attach(Media::stored(target.as_str())), source, stored.grip))
    }
}

/// What a request's URL means.
enum Address<'a> {
    /// A file of this service, by its key.
    Own(&'a str),
    /// The file itself.
    Data(Bytes),
}

fn address<'a>(url: &'a str, public_url: Option<&str>) -> Result<Address<'a>, MediaError> {
    let path = public_url
        .map(|public| public.trim_end_matches('/'))
        .filter(|public| !public.is_empty())
        .and_then(|public| url.strip_prefix(public))
        .unwrap_or(url);
    if let Some(key) = path.strip_prefix("/media/") {
        return Ok(Address::Own(key));
    }
    match url.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase()).as_deref() {
        Some("data") => data(url).map(Address::Data),
        Some("http" | "https") => Err(MediaError::Url(
            "names another service, and this one does not fetch URLs: upload the file, or pass a `/media/` or `data:` URL"
                .into(),
        )),
        _ => Err(MediaError::Url("must be a `/media/` or `data:` URL".into())),
    }
}

fn data(url: &str) -> Result<Bytes, MediaError> {
    let unusable =
        || MediaError::Url("is not a usable `data:` URL: write `data:image/png;base64,` and the file".into());
    let (bytes, _) = DataUrl::process(url).map_err(|_| unusable())?.decode_to_vec().map_err(|_| unusable())?;
    Ok(bytes.into())
}

fn unseen() -> MediaError {
    MediaError::Url("names no file of this service".into())
}

/// A key that a request named and that is not there is the request's mistake.
fn unknown(error: MediaError) -> MediaError {
    match error {
        MediaError::Missing => MediaError::Url("names no file of this table".into()),
        error => error,
    }
}
