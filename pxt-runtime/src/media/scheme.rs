//! Which service a location of media means, and whether it is built in.

/// A service that has buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    S3,
    Google,
    Azure,
}

impl Scheme {
    /// The service of a location. None for a folder.
    pub(super) fn of(location: &str) -> Option<Self> {
        Some(match location.split_once("://")?.0 {
            "s3" => Self::S3,
            "gs" => Self::Google,
            "az" => Self::Azure,
            _ => return None,
        })
    }

    /// What is said of a location whose service is not built in.
    #[cfg(not(all(feature = "bucket-s3", feature = "bucket-gcs", feature = "bucket-azure")))]
    pub(super) fn missing(self) -> super::MediaError {
        let (scheme, feature) = match self {
            Self::S3 => ("s3", "bucket-s3"),
            Self::Google => ("gs", "bucket-gcs"),
            Self::Azure => ("az", "bucket-azure"),
        };
        let text =
            format!("the media location `{scheme}://…` needs the feature `{feature}` of pxt: add it in Cargo.toml");
        super::MediaError::Location(text.into())
    }
}
