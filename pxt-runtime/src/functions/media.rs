//! Functions over files of any kind.
#![expect(clippy::needless_pass_by_value, reason = "a function over columns owns its arguments")]

use pxt_macros::udf;
use sha2::{Digest, Sha256};

use crate::media::{AnyMedia, MediaError};

/// The SHA-256 of the content, 64 hexadecimal digits.
///
/// # Errors
/// [`MediaError`] when the file cannot be read.
#[udf(crate = crate)]
pub fn sha256(file: AnyMedia) -> Result<String, MediaError> {
    match file.media().stored_hash() {
        Some(hash) => Ok(hash.to_owned()),
        None => Ok(format!("{:x}", Sha256::digest(file.blocking_bytes()?))),
    }
}

/// The number of bytes.
///
/// # Errors
/// [`MediaError`] when the file cannot be read.
#[udf(crate = crate)]
pub fn size(file: AnyMedia) -> Result<i64, MediaError> {
    Ok(i64::try_from(file.blocking_size()?).unwrap_or(i64::MAX))
}

/// What the bytes are: `image/png`. `application/octet-stream` for what is not known.
#[udf(crate = crate)]
pub fn content_type(file: AnyMedia) -> String {
    file.content_type().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{Document, MediaStore};
    use crate::schema::ColumnType;

    const HASH: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    #[tokio::test]
    async fn files() {
        let file = AnyMedia::from(Document::from_bytes("hello"));
        assert_eq!(sha256(file.clone()).unwrap(), HASH);
        assert_eq!(size(file.clone()).unwrap(), 5);
        assert_eq!(content_type(file), "text/plain");

        let folder = tempfile::tempdir().unwrap();
        let store = MediaStore::open(folder.path().to_str().unwrap(), &crate::media::MediaOptions::default()).unwrap();
        let stored = store.put("docs", ColumnType::Document, "hello".into()).await.unwrap();
        let file = <AnyMedia as crate::value::Parameter>::from_value(crate::value::Value::Media(stored)).unwrap();
        assert_eq!(sha256(file.clone()).unwrap(), HASH);
        assert_eq!(size(file.clone()).unwrap(), 5);
        assert_eq!(content_type(file), "text/plain");
    }
}
