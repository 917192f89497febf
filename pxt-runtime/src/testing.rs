//! Testing an application's routes without a port: a service over a temporary database that goes when the test ends.
//!
//! The same tests run on SQLite and, with a server in `PXT_TEST_DATABASE`, on PostgreSQL: see [`TestDatabase`].

mod database;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::BodyExt;
#[cfg(feature = "images")]
use image::{DynamicImage, ImageFormat};
use tower::ServiceExt;

use crate::app::App;
use crate::error::Result;
#[cfg(feature = "images")]
use crate::media::{Image, MediaError, encoding};
use crate::route::Routes;
use crate::schema::Schema;
use crate::service::Config;

pub use database::TestDatabase;

/// Bytes that are set aside before the image is decoded, of [`Config::image_memory`](crate::Config::image_memory): its file, its
/// pixels, and what the decoder needs besides. The image counts from here until its last handle is dropped.
///
/// # Errors
/// As [`Image::blocking_decode`], but for what is wrong with the image itself.
#[cfg(feature = "images")]
pub fn image_memory(image: &Image) -> std::result::Result<u64, MediaError> {
    image.blocking_reserved()
}

/// Bytes that are set aside to make an image file of pixels, the file among them.
#[cfg(feature = "images")]
pub fn encoding_memory(image: &DynamicImage, format: ImageFormat) -> u64 {
    encoding(image, image.width(), image.height(), format)
}

/// A service over a database and a folder of its own, called directly.
pub struct TestService {
    /// The application, for typed calls beside the requests.
    pub app: App,
    router: Router,
    database: TestDatabase,
}

/// An answer, read whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// A multipart form.
#[derive(Debug, Clone, Default)]
pub struct Form(Vec<u8>);

const BOUNDARY: &str = "pxt-testing-boundary-7d0f1e";

impl TestService {
    /// A service of all routes that were checked against this schema.
    ///
    /// # Errors
    /// As [`TestDatabase::new`], [`App::open`] and [`App::router`].
    pub async fn new(schema: &'static Schema) -> Result<Self> {
        Self::with(schema, |config| config).await
    }

    /// The same with another configuration; it names a new database and folder already.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub async fn with(schema: &'static Schema, configure: impl FnOnce(Config) -> Config) -> Result<Self> {
        Self::of(schema, configure, |routes| routes).await
    }

    /// The same with routes that are declared here.
    ///
    /// # Errors
    /// As [`TestDatabase::new`], [`App::open`] and [`Routes::router`].
    pub async fn of(
        schema: &'static Schema,
        configure: impl FnOnce(Config) -> Config,
        declare: impl FnOnce(Routes) -> Routes,
    ) -> Result<Self> {
        let database = TestDatabase::new().await?;
        let app = App::open(configure(database.config()), schema).await?;
        let router = declare(app.routes()).prepare().await?.assemble(None)?.whole();
        Ok(Self { app, router, database })
    }

    /// The database, to open a second application over it or to change it behind the service's back.
    pub fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// The folder of the media, and of the database when that is a file.
    pub fn folder(&self) -> &std::path::Path {
        self.database.folder()
    }

    /// Sends any request.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        let (parts, body) = response.into_parts();
        let body = match body.collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) => Bytes::from(format!("the body broke off: {error}")),
        };
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// POSTs a JSON body.
    pub async fn post(&self, path: &str, body: &serde_json::Value) -> Answer {
        self.post_bytes(path, "application/json", body.to_string()).await
    }

    /// POSTs a body of any type.
    pub async fn post_bytes(&self, path: &str, content_type: &str, body: impl Into<Bytes>) -> Answer {
        self.send(request(Method::POST, path, Some(content_type), Body::from(body.into()))).await
    }

    /// POSTs a form.
    pub async fn upload(&self, path: &str, form: Form) -> Answer {
        let mut body = form.0;
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        self.post_bytes(path, &format!("multipart/form-data; boundary={BOUNDARY}"), body).await
    }

    /// GETs a path.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(request(Method::GET, path, None, Body::empty())).await
    }
}

fn request(method: Method, path: &str, content_type: Option<&str>, body: Body) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(content_type) = content_type {
        request = request.header(header::CONTENT_TYPE, content_type);
    }
    request.body(body).expect("the test writes a valid path and content type")
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's text; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Form {
    /// An empty form.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a text field.
    #[must_use]
    pub fn text(self, name: &str, value: &str) -> Self {
        self.part(&format!("name=\"{name}\""), None, value.as_bytes())
    }

    /// With a file.
    #[must_use]
    pub fn file(self, name: &str, file_name: &str, content: &[u8]) -> Self {
        self.part(&format!("name=\"{name}\"; filename=\"{file_name}\""), Some("application/octet-stream"), content)
    }

    fn part(mut self, disposition: &str, content_type: Option<&str>, content: &[u8]) -> Self {
        let content_type = content_type.map(|ty| format!("Content-Type: {ty}\r\n")).unwrap_or_default();
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n{content_type}\r\n");
        self.0.extend_from_slice(head.as_bytes());
        self.0.extend_from_slice(content);
        self.0.extend_from_slice(b"\r\n");
        self
    }
}
