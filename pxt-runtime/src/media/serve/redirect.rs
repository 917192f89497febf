//! Sending clients to the bucket for what they may read there.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::{Method, Response, StatusCode};

use super::{ServeError, none_match, response};
use crate::media::MediaStore;
use crate::media::key::Key;
use crate::media::storage::Storage;

/// How long an address in the bucket can be used, and for how long a client may keep it: less, by the time that it takes
/// to follow it.
const LIFETIME: Duration = Duration::from_secs(15 * 60);
const CACHING: &str = "private, max-age=600";

impl MediaStore {
    /// 307 to a signed address in the bucket that lives for 15 minutes, for a GET of a picture, a video or a sound, when
    /// redirects are on. None when the service has to answer itself: the bucket sends neither `nosniff` nor a sandbox, so
    /// it answers with nothing that a browser could take for text or a page; and a signed address is good for GET alone.
    ///
    /// # Errors
    /// [`ServeError::NotFound`], [`ServeError::Unavailable`].
    pub async fn redirect(
        &self,
        key: &str,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<Option<Response<Body>>, ServeError> {
        let Storage::Bucket(bucket) = &*self.storage else { return Ok(None) };
        let Some(key) = Key::parse(key).filter(|_| self.redirects && method == Method::GET) else { return Ok(None) };
        let etag = format!("\"{}\"", key.hash);
        if !key.format().is_inert() || key.format().is_text() || none_match(headers, &etag) {
            return Ok(None);
        }
        let Some(address) = bucket.signed(&key, LIFETIME).await? else { return Ok(None) };
        let address = HeaderValue::from_str(address.as_str()).map_err(|error| ServeError::Storage(error.into()))?;
        let mut response = response(StatusCode::TEMPORARY_REDIRECT, &etag, Body::empty());
        // These describe the file, which is answered elsewhere.
        response.headers_mut().remove(header::ETAG);
        response.headers_mut().remove(header::ACCEPT_RANGES);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHING));
        response.headers_mut().insert(header::LOCATION, address);
        Ok(Some(response))
    }
}
