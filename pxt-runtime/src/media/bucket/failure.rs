//! What goes wrong with a bucket, in words: for whoever starts the service, and for the log.

use std::error::Error as StdError;
use std::time::Duration;

use futures_util::TryStreamExt;
use object_store::{Error, ObjectStoreExt, PutPayload};

use super::Bucket;
use crate::media::{MediaError, spool};

/// The longest wait for a bucket when the service starts.
const PATIENCE: Duration = Duration::from_secs(10);

/// The one object that is not a file: written at each start.
const PROBE: &str = ".probe";

/// What messages say about a bucket.
pub(super) struct About {
    /// The location as it may be shown.
    pub(super) shown: String,
    /// The bucket's own name.
    pub(super) name: String,
    /// Where credentials are taken from.
    pub(super) credentials: &'static str,
    /// No credentials are configured, so that the machine's own are asked for.
    pub(super) none_given: bool,
}

/// A failure of a request about an object: it may not be there.
pub(super) fn of(error: Error) -> MediaError {
    match error {
        Error::NotFound { .. } => MediaError::Missing,
        error => unavailable(error),
    }
}

/// A failure of a request that needs no object, or of the service.
pub(super) fn unavailable(error: Error) -> MediaError {
    match status(&error) {
        Some(507) => MediaError::Full(error.into()),
        _ => MediaError::Unavailable(error.into()),
    }
}

impl Bucket {
    /// Does once what the service will do: list, write. So a bucket that is away, or refuses, is known at the start.
    pub(in crate::media) async fn probe(&self) -> Result<(), MediaError> {
        let listed = async { self.objects.list(Some(&self.prefix)).try_next().await };
        self.asked("listed", listed).await?;
        let probe = self.prefix.clone().join(PROBE);
        let written = self.objects.put(&probe, PutPayload::from("may be deleted"));
        self.asked("written to", written).await?;
        tempfile::tempfile_in(spool::folder()).map(drop).map_err(|error| {
            let folder = spool::folder();
            let text = format!(
                "long uploads wait in `{}` until the bucket has them, and it takes no files ({error}): set `TMPDIR` to a \
                 folder that does",
                folder.display()
            );
            MediaError::Bucket(text.into())
        })
    }

    async fn asked<T>(&self, done: &str, ask: impl Future<Output = Result<T, Error>>) -> Result<(), MediaError> {
        let text = match tokio::time::timeout(PATIENCE, ask).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => self.about.refusal(done, &error),
            Err(_) => self.about.silence(),
        };
        Err(MediaError::Bucket(text.into()))
    }
}

impl About {
    /// One sentence on why the bucket refuses, and what to do.
    fn refusal(&self, done: &str, error: &Error) -> String {
        let Self { shown, name, credentials, .. } = self;
        let reason = reason(error);
        match status(error) {
            Some(404) => {
                format!("there is no bucket `{name}` ({reason}): create it, or correct the media location")
            }
            Some(401 | 403) => {
                format!("`{shown}` cannot be {done} with these credentials ({reason}): check {credentials}")
            }
            _ if self.none_given => self.silence(),
            _ => format!("`{shown}` cannot be {done} ({reason}): check the endpoint, the network and what is allowed"),
        }
    }

    fn silence(&self) -> String {
        let Self { shown, credentials, .. } = self;
        if self.none_given {
            return format!(
                "there are no credentials for `{shown}`, and this machine has no role that gives any: set {credentials}"
            );
        }
        format!("`{shown}` does not answer within {} s: check the endpoint and the network", PATIENCE.as_secs())
    }
}

/// The status that a service answered with. Of a listing, `object_store` says it in words alone.
fn status(error: &Error) -> Option<u16> {
    match error {
        Error::NotFound { .. } => Some(404),
        Error::Unauthenticated { .. } => Some(401),
        Error::PermissionDenied { .. } => Some(403),
        error => {
            let text = bottom(error).to_string();
            let (_, rest) = text.split_once("status code: ")?;
            rest.get(..3)?.parse().ok()
        }
    }
}

fn bottom(error: &Error) -> &dyn StdError {
    let mut cause: &dyn StdError = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause
}

/// What is at the bottom of an error: the code that a service gave, or what the network said. Addresses and the bodies of
/// answers are left out.
fn reason(error: &Error) -> String {
    let text = bottom(error).to_string();
    let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    let line = code.map_or(text.as_str(), |(code, _)| code).lines().next().unwrap_or_default();
    line.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_short() {
        let body = "status 403: <?xml?><Error><Code>InvalidAccessKeyId</Code><Message>AKIA</Message></Error>";
        let error = Error::PermissionDenied { path: "a".into(), source: body.into() };
        assert_eq!(reason(&error), "InvalidAccessKeyId");
        assert_eq!(status(&error), Some(403));
        let error = Error::Generic { store: "S3", source: "Connection refused\nat 10.0.0.1".into() };
        assert_eq!((reason(&error).as_str(), status(&error)), ("Connection refused", None));
        let source = "Server returned non-2xx status code: 404 Not Found: <Code>NoSuchBucket</Code>".into();
        assert_eq!(status(&Error::Generic { store: "S3", source }), Some(404));
        let source =
            "Server returned non-2xx status code: 507 Insufficient Storage: <Code>XMinioStorageFull</Code>".into();
        assert!(matches!(unavailable(Error::Generic { store: "S3", source }), MediaError::Full(_)));
    }
}
