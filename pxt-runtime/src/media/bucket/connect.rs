//! From a location and options to a client of the bucket.
//!
//! Credentials and endpoint come from the variables that `object_store` and most tools read (`AWS_…`, `GOOGLE_…`, `AZURE_…`),
//! then from the options. The limits are ours: a bucket that does not answer must not hold a request for longer than the
//! request may take.

use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "bucket-s3")]
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
#[cfg(feature = "bucket-azure")]
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
#[cfg(feature = "bucket-gcs")]
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, RetryConfig};

use super::Bucket;
use super::failure::About;
use crate::media::scheme::Scheme;
use crate::media::{MediaError, MediaOptions};
use crate::store::shown;

/// The longest wait for a connection, and for the next bytes of an answer. There is none for a whole answer: a client may
/// read a long file slowly.
const CONNECT: Duration = Duration::from_secs(5);
const SILENCE: Duration = Duration::from_secs(30);

/// Further attempts, and when they end.
const RETRIES: usize = 4;
const RETRYING: Duration = Duration::from_secs(15);

/// A location in its parts.
struct Place {
    bucket: String,
    prefix: Path,
}

macro_rules! builder {
    ($builder:ty, $key:ty, $variables:literal, $place:ident, $options:ident) => {{
        let mut builder = <$builder>::new().with_client_options(limits()).with_retry(retries());
        for (name, value) in environment($variables) {
            if let Ok(key) = name.parse::<$key>() {
                builder = builder.with_config(key, value);
            }
        }
        for (name, value) in $options.iter() {
            let key = name.parse::<$key>().map_err(|_| unknown(name))?;
            builder = builder.with_config(key, value);
        }
        builder
    }};
}

pub(super) fn connect(scheme: Scheme, location: &str, options: &MediaOptions) -> Result<Bucket, MediaError> {
    let place = place(location)?;
    let about =
        |credentials, none_given| About { shown: shown(location), name: place.bucket.clone(), credentials, none_given };
    macro_rules! bucket {
        ($client:expr, $signs_headers:literal, $about:expr) => {{
            let client = Arc::new($client.map_err(|error| unusable(&error))?);
            Bucket {
                objects: client.clone(),
                signer: client,
                signs_headers: $signs_headers,
                prefix: place.prefix.clone(),
                about: $about,
                reader: Default::default(),
            }
        }};
    }
    Ok(match scheme {
        #[cfg(feature = "bucket-s3")]
        Scheme::S3 => {
            let builder = builder!(AmazonS3Builder, AmazonS3ConfigKey, "AWS_", place, options);
            let about = about("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", has_no_credentials(&builder));
            plain_http_is_wanted(&builder)?;
            bucket!(builder.with_bucket_name(&place.bucket).build(), true, about)
        }
        #[cfg(feature = "bucket-gcs")]
        Scheme::Google => {
            let builder = builder!(GoogleCloudStorageBuilder, GoogleConfigKey, "GOOGLE_", place, options);
            let about = about("GOOGLE_SERVICE_ACCOUNT or GOOGLE_APPLICATION_CREDENTIALS", false);
            bucket!(builder.with_bucket_name(&place.bucket).build(), true, about)
        }
        #[cfg(feature = "bucket-azure")]
        Scheme::Azure => {
            let builder = builder!(MicrosoftAzureBuilder, AzureConfigKey, "AZURE_", place, options);
            let about = about("AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY", false);
            bucket!(builder.with_container_name(&place.bucket).build(), false, about)
        }
        #[cfg(not(all(feature = "bucket-s3", feature = "bucket-gcs", feature = "bucket-azure")))]
        scheme => return Err(scheme.missing()),
    })
}

fn place(location: &str) -> Result<Place, MediaError> {
    let wrong = |what: &str| {
        let scheme = location.split_once("://").map_or("s3", |(scheme, _)| scheme);
        let text = format!("the media location {what}: write `{scheme}://bucket/prefix`");
        MediaError::Location(text.into())
    };
    let url = url::Url::parse(location).map_err(|_| wrong("is not a URL"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("holds credentials, which are read from the environment or from `media_option`"));
    }
    if url.query().is_some() || url.fragment().is_some() || url.port().is_some() {
        return Err(wrong(
            "holds more than a bucket and a prefix (options go into the environment or into `media_option`)",
        ));
    }
    let bucket = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("names no bucket"))?.to_owned();
    let prefix =
        Path::from_url_path(url.path().trim_matches('/')).map_err(|_| wrong("has a prefix that is no path"))?;
    Ok(Place { bucket, prefix })
}

/// The variables of a service, by the names of its options. Two are older than that scheme.
fn environment(prefix: &'static str) -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(move |(name, value)| {
        let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
        match (name.as_str(), prefix) {
            ("SERVICE_ACCOUNT", "GOOGLE_") => Some(("google_service_account".to_owned(), value)),
            ("IDENTITY_ENDPOINT", "AZURE_") => Some(("azure_msi_endpoint".to_owned(), value)),
            _ => name.starts_with(prefix).then(|| (name.to_ascii_lowercase(), value)),
        }
    })
}

fn limits() -> ClientOptions {
    ClientOptions::new().with_connect_timeout(CONNECT).with_read_timeout(SILENCE).with_timeout_disabled()
}

fn retries() -> RetryConfig {
    let backoff =
        BackoffConfig { init_backoff: Duration::from_millis(100), max_backoff: Duration::from_secs(2), base: 2.0 };
    RetryConfig { backoff, max_retries: RETRIES, retry_timeout: RETRYING }
}

/// Whether only a role of the machine could give credentials.
#[cfg(feature = "bucket-s3")]
fn has_no_credentials(builder: &AmazonS3Builder) -> bool {
    use AmazonS3ConfigKey as K;
    let given =
        [K::AccessKeyId, K::WebIdentityTokenFile, K::ContainerCredentialsRelativeUri, K::ContainerCredentialsFullUri];
    let signs = builder.get_config_value(&K::SkipSignature).is_none_or(|skip| skip != "true");
    signs && given.iter().all(|key| builder.get_config_value(key).is_none())
}

/// An endpoint without TLS is used only when that is said.
#[cfg(feature = "bucket-s3")]
fn plain_http_is_wanted(builder: &AmazonS3Builder) -> Result<(), MediaError> {
    use AmazonS3ConfigKey as K;
    let endpoint = [K::S3Endpoint, K::Endpoint].iter().find_map(|key| builder.get_config_value(key));
    let allowed = builder
        .get_config_value(&K::Client(object_store::ClientConfigKey::AllowHttp))
        .is_some_and(|value| value == "true");
    if endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")) && !allowed {
        let text = "the storage endpoint is http://, so that files and credentials could be read on the way: write https://, \
                    or set AWS_ALLOW_HTTP to true";
        return Err(MediaError::Location(text.into()));
    }
    Ok(())
}

fn unknown(name: &str) -> MediaError {
    let text = format!(
        "there is no media option `{name}` for this storage: write one of object_store's, such as `aws_endpoint`, \
         `google_service_account`, `azure_storage_account_name` or `allow_http`"
    );
    MediaError::Location(text.into())
}

fn unusable(error: &object_store::Error) -> MediaError {
    MediaError::Bucket(format!("the storage client cannot be made: {error}").into())
}

#[cfg(all(test, feature = "bucket-s3", feature = "bucket-gcs", feature = "bucket-azure"))]
mod tests;
