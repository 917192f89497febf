//! What a service is told: where its data is, and its limits.

mod debug;
mod judge;

use std::path::Path;
use std::time::Duration;

use super::{descriptors, memory};
use crate::app::Settings;
use crate::error::{Error, Result};
use crate::export::ExportConfig;
use crate::jobs::JobsConfig;
use crate::media::MediaOptions;

/// The least memory for images, in bytes: a small photograph has room in it.
const LEAST_IMAGE_MEMORY: u64 = 16 << 20;

/// The configuration of an application.
///
/// ```
/// let config = pxt_runtime::Config::default().database("sqlite://posters.db").media("posters-media");
/// assert_eq!(config.database, "sqlite://posters.db");
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// The database: `postgres://user:password@host/name`, `sqlite://path` or a path. Default: `pxt-data/pxt.db` in the
    /// working folder.
    pub database: String,
    /// A replica of the PostgreSQL database, as `database` names one: it answers queries while it can be reached, and may be a
    /// moment behind. Default: none.
    pub read_url: Option<String>,
    /// The most connections to the PostgreSQL server, and as many again to the replica; one more at the start, and one by which
    /// the leases of background jobs are renewed. Fewer than five are taken for five. Default: 20.
    pub connections: usize,
    /// Where files are kept: a folder, or a bucket as `s3://bucket/prefix`, `gs://bucket/prefix` or `az://container/prefix`.
    /// Default: `pxt-data/media` in the working folder.
    pub media: String,
    /// What the bucket's client is told, above the environment: see [`media_option`](Self::media_option). Default: nothing.
    pub media_options: MediaOptions,
    /// Whether a GET of a picture, a video or a sound is answered by 307 to a signed address in the bucket, which lives for
    /// 15 minutes. Folders are not concerned. Default: false.
    pub media_redirects: bool,
    /// The address under which clients reach the service, `https://api.example.com`. Media URLs begin with it; without it they are
    /// paths.
    pub public_url: Option<String>,
    /// Hosts by which clients may reach the service, `api.example.com`, or `api.example.com:8443` for that port alone: beside that of
    /// `public_url`, this machine (`localhost`, `127.0.0.1`), and the address that the connection arrived at. Requests for another
    /// host are refused with 421 where there are such hosts or a `public_url`, and where the service listens on the loopback
    /// address alone. Where there is no `public_url`, the address of a background job names the host that its client asked for,
    /// if it is one of these; else it is a path. Default: none.
    pub allowed_hosts: Vec<String>,
    /// Origins whose pages may write and begin jobs, `https://app.example.com`, as browsers send them in `Origin`: beside the pages of
    /// the service's own host and of `public_url`. Browsers say where a page comes from; pages of other origins are refused with
    /// 403, but for GET, HEAD and OPTIONS. Default: none.
    pub allowed_origins: Vec<String>,
    /// Whether additive changes of the schema are applied at the start. Default: true.
    pub auto_migrate: bool,
    /// Declared tables that are taken over from the database as they are there, if pxt did not make them: they get three
    /// columns of pxt's own at most. Default: none.
    pub adopt: Vec<String>,
    /// The largest body without files, in bytes. Default: 16 MiB.
    pub max_body: usize,
    /// The largest form with files, in bytes. Default: 1 GiB.
    pub max_upload: u64,
    /// The memory that bodies may take together while they are read, in bytes: bodies without files, and what forms with files
    /// have in memory, a MiB of each file at most. The first 16 KiB of a body are not counted; a body that finds none left is
    /// answered by 503. Default: an eighth of what the process may take (its container's limit, or the machine's memory), 512
    /// MiB at most.
    pub body_memory: u64,
    /// The memory that images may take together while they are looked at, in bytes: files read whole, pixels, what decoders need
    /// besides, and what built-in functions make. The images of one row, with what is made of one of them, may take three quarters
    /// of it; one quarter is for small ones (about a megapixel) alone. Of several applications in a process the largest value
    /// counts. At least 16 MiB. Default: a half of what the process may take, 768 MiB at most.
    pub image_memory: u64,
    /// The longest text, and the longest text of JSON, in bytes: of a request's values, of what a program stores, and of what
    /// functions compute. A column says otherwise by `#[column(max_bytes = …)]`. Default: 1 MiB.
    pub max_text: usize,
    /// The most pixels of an image that is decoded. Of several applications in a process the largest value counts. Default:
    /// 50,000,000.
    pub max_pixels: u64,
    /// The most rows of one answer of a query route that does not say otherwise; a `Link` header names the next page. Default:
    /// 1,000.
    pub max_rows: u64,
    /// The bytes of the rows of one answer after which it ends, however few rows it has; a `Link` header names the next page.
    /// Default: 16 MiB.
    pub max_page: u64,
    /// How long a request may take once it has arrived. What it started is not cut off. Default: 60 s.
    pub request_timeout: Duration,
    /// How long the next part of a request's body may take. Default: 30 s.
    pub read_timeout: Duration,
    /// How long a request's whole body may take, which has to come at 16 KiB a second besides. Default: 1 hour.
    pub body_timeout: Duration,
    /// How long a client may take nothing of an answer that is there. Its connection is closed then. Default: 30 s.
    pub write_timeout: Duration,
    /// The most connections of [`serve`](crate::service::serve), at least 1. When there are as many, the one whose client has
    /// kept it waiting longest makes room for the next: between requests or over a head, from half a second on; over a body or
    /// an answer, from two. Where there is none, the next one waits. The most is three quarters of the descriptors that
    /// the process may have (`ulimit -Hn`). Default: as many, or one for each 256 KiB that the process may take, if these are fewer.
    pub max_connections: usize,
    /// How long running requests and jobs may go on after the signal to stop. Default: 30 s.
    pub stop_timeout: Duration,
    /// How much background work there may be, and for how long it is kept.
    pub jobs: JobsConfig,
    /// How much writing to other databases there may be ([`SqlExport`](crate::export::SqlExport)), and how long it may take.
    pub export: ExportConfig,
}

/// What a connection may hold in memory that is counted nowhere, in bytes: a head, the beginning of a body, buffers.
const CONNECTION: u64 = 256 << 10;

impl Default for Config {
    fn default() -> Self {
        let memory = memory::limit();
        Self {
            database: "sqlite://pxt-data/pxt.db".to_owned(),
            read_url: None,
            connections: 20,
            media: "pxt-data/media".to_owned(),
            media_options: MediaOptions::default(),
            media_redirects: false,
            public_url: None,
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            auto_migrate: true,
            adopt: Vec::new(),
            max_body: 16 << 20,
            max_upload: 1 << 30,
            body_memory: (memory / 8).min(512 << 20),
            max_text: 1 << 20,
            image_memory: (memory / 2).clamp(LEAST_IMAGE_MEMORY, 768 << 20),
            max_pixels: 50_000_000,
            max_rows: 1000,
            max_page: 16 << 20,
            request_timeout: Duration::from_secs(60),
            read_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(60 * 60),
            write_timeout: Duration::from_secs(30),
            max_connections: descriptors::connections(descriptors::attainable())
                .min(usize::try_from(memory / CONNECTION).unwrap_or(usize::MAX)),
            stop_timeout: Duration::from_secs(30),
            jobs: JobsConfig::default(),
            export: ExportConfig::default(),
        }
    }
}

impl Config {
    /// The defaults, with what `PXT_DATABASE`, `PXT_READ_URL`, `PXT_MEDIA` and `PXT_PUBLIC_URL` say.
    ///
    /// # Errors
    /// When a variable is not Unicode.
    pub fn from_env() -> Result<Self> {
        let read = |name: &str| match std::env::var(name) {
            Ok(value) if value.is_empty() => Ok(None),
            Ok(value) => Ok(Some(value)),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(_) => Err(refused(format!("the environment variable {name} is not Unicode: write it anew"))),
        };
        let default = Self::default();
        Ok(Self {
            database: read("PXT_DATABASE")?.unwrap_or(default.database),
            read_url: read("PXT_READ_URL")?,
            media: read("PXT_MEDIA")?.unwrap_or(default.media),
            public_url: read("PXT_PUBLIC_URL")?,
            ..default
        })
    }

    /// Database and media inside of one folder.
    pub fn in_folder(folder: impl AsRef<Path>) -> Self {
        let folder = folder.as_ref();
        Self {
            database: folder.join("pxt.db").to_string_lossy().into_owned(),
            media: folder.join("media").to_string_lossy().into_owned(),
            ..Self::default()
        }
    }

    /// With this database.
    #[must_use]
    pub fn database(mut self, url: impl Into<String>) -> Self {
        self.database = url.into();
        self
    }

    /// With a replica that answers queries.
    #[must_use]
    pub fn read_url(mut self, url: impl Into<String>) -> Self {
        self.read_url = Some(url.into());
        self
    }

    /// With files kept here.
    #[must_use]
    pub fn media(mut self, url: impl Into<String>) -> Self {
        self.media = url.into();
        self
    }

    /// With an option of the bucket's client, by the name that `object_store` gives it: `aws_access_key_id`,
    /// `aws_secret_access_key`, `aws_region`, `aws_endpoint`, `aws_allow_http`, `google_service_account`,
    /// `azure_storage_account_name`, `azure_storage_account_key`, `read_timeout`… What is not given comes from the environment
    /// variables of the same names in capitals. Values are never shown.
    ///
    /// ```
    /// let config = pxt_runtime::Config::default()
    ///     .media("s3://posters/media")
    ///     .media_option("aws_endpoint", "https://minio.example.com")
    ///     .media_option("aws_secret_access_key", "hunter2");
    /// assert!(!format!("{config:?}").contains("hunter2"));
    /// ```
    #[must_use]
    pub fn media_option(mut self, name: &str, value: impl Into<String>) -> Self {
        self.media_options.set(name, value);
        self
    }

    /// With clients sent to the bucket for pictures, videos and sounds, or not.
    #[must_use]
    pub fn media_redirects(mut self, redirects: bool) -> Self {
        self.media_redirects = redirects;
        self
    }

    /// With this address for clients.
    #[must_use]
    pub fn public_url(mut self, url: impl Into<String>) -> Self {
        self.public_url = Some(url.into());
        self
    }

    /// With clients that reach the service by these hosts.
    #[must_use]
    pub fn allowed_hosts<H: Into<String>>(mut self, hosts: impl IntoIterator<Item = H>) -> Self {
        self.allowed_hosts.extend(hosts.into_iter().map(Into::into));
        self
    }

    /// With pages of these origins that may write and begin jobs.
    ///
    /// ```
    /// let config = pxt_runtime::Config::default().allowed_origins(["https://app.example.com", "http://localhost:5173"]);
    /// assert_eq!(config.allowed_origins.len(), 2);
    /// ```
    #[must_use]
    pub fn allowed_origins<O: Into<String>>(mut self, origins: impl IntoIterator<Item = O>) -> Self {
        self.allowed_origins.extend(origins.into_iter().map(Into::into));
        self
    }

    /// With these tables taken over from the database, where others made them.
    #[must_use]
    pub fn adopt<T: Into<String>>(mut self, tables: impl IntoIterator<Item = T>) -> Self {
        self.adopt.extend(tables.into_iter().map(Into::into));
        self
    }

    /// With these limits of background jobs.
    ///
    /// ```
    /// use pxt_runtime::{Config, jobs::JobsConfig};
    ///
    /// let config = Config::default().jobs(JobsConfig::default().concurrency(4));
    /// assert_eq!(config.jobs.concurrency, 4);
    /// ```
    #[must_use]
    pub fn jobs(mut self, jobs: JobsConfig) -> Self {
        self.jobs = jobs;
        self
    }

    /// With these limits of writing to other databases.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use pxt_runtime::{Config, export::ExportConfig};
    ///
    /// let config = Config::default().export(ExportConfig::default().connections(2).timeout(Duration::from_secs(5)));
    /// assert_eq!(config.export.connections, 2);
    /// ```
    #[must_use]
    pub fn export(mut self, export: ExportConfig) -> Self {
        self.export = export;
        self
    }

    /// With images of so many pixels at most.
    #[must_use]
    pub fn max_pixels(mut self, pixels: u64) -> Self {
        self.max_pixels = pixels;
        self
    }

    /// What operations and routes need of it, checked.
    ///
    /// # Errors
    /// All that is wrong with it, in one text.
    pub(crate) fn settings(&self) -> Result<Settings> {
        let found: Vec<_> = self.mistakes().into_iter().map(|(_, text)| text).collect();
        if !found.is_empty() {
            return Err(refused(found.join("; ")));
        }
        Ok(Settings {
            public_url: self.public_url.as_ref().map(|url| url.trim_end_matches('/').to_owned()),
            allowed_hosts: self.allowed_hosts.clone(),
            allowed_origins: self.allowed_origins.clone(),
            max_body: self.max_body,
            max_upload: self.max_upload,
            max_text: self.max_text,
            body_memory: self.body_memory,
            max_rows: self.max_rows,
            max_page: self.max_page,
            request_timeout: self.request_timeout,
            read_timeout: self.read_timeout,
            body_timeout: self.body_timeout,
            write_timeout: self.write_timeout,
            max_connections: self.max_connections,
            stop_timeout: self.stop_timeout,
            export: self.export.clone(),
        })
    }
}

/// An error of the start: its text is for whoever starts the service.
pub(crate) fn refused(text: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(500, "not_started", text)
}
