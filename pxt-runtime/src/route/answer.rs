//! What a route answers: a value, of which HTTP is made once, in the end, or a background job's result.

mod rows;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::Response;

use crate::app::App;
use crate::error::{Error, Result};
use crate::store::RowStream;
use crate::value::Value;

use self::rows::RowsAnswer;
pub(super) use self::rows::{RowWriter, brackets};

/// An answer.
pub(crate) enum Answer {
    Json(Json),
    /// The file of a media value; null for none.
    File(Value),
    /// Rows that are too many to be read at once, and where they go on behind these.
    Rows(Box<RowsAnswer>, Option<String>),
}

/// JSON text.
pub(crate) struct Json {
    body: Vec<u8>,
    /// The version of the row that it is of.
    version: Option<i64>,
    /// Where the rows go on that it holds the first ones of.
    next: Option<String>,
}

/// How a file is asked for: whole, a range of it, or only if it is another one.
pub(super) struct Conditions {
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
}

impl Json {
    pub(super) fn new(body: Vec<u8>) -> Self {
        Self { body, version: None, next: None }
    }

    pub(super) fn with_version(mut self, version: i64) -> Self {
        self.version = Some(version);
        self
    }

    pub(super) fn with_next(mut self, next: Option<String>) -> Self {
        self.next = next;
        self
    }

    fn respond(self) -> Response {
        let mut response = json(self.body);
        if let Some(tag) = self.version.and_then(|version| HeaderValue::from_str(&format!("\"{version}\"")).ok()) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        link(&mut response, self.next.as_deref());
        response
    }
}

impl Answer {
    /// The answer of rows, of which the first ones are read now; `next` is where they go on.
    ///
    /// # Errors
    /// Those of reading.
    pub(super) async fn of_rows(rows: RowStream, writer: RowWriter, next: Option<String>) -> Result<Self> {
        let mut answer = RowsAnswer::begin(rows, writer).await?;
        Ok(match answer.whole() {
            Some(body) => Self::Json(Json::new(body).with_next(next)),
            None => Self::Rows(Box::new(answer), next),
        })
    }

    /// The answer by HTTP.
    ///
    /// # Errors
    /// 404 for a value without a file, and those of reading files.
    pub(super) async fn respond(self, app: &App, conditions: &Conditions) -> Result<Response> {
        match self {
            Self::Json(json) => Ok(json.respond()),
            Self::File(value) => file(app, &value, conditions).await,
            Self::Rows(rows, next) => {
                let mut response = json(Vec::new());
                *response.body_mut() = rows.into_body();
                link(&mut response, next.as_deref());
                Ok(response)
            }
        }
    }

    /// The text of an answer that is whole JSON.
    ///
    /// # Errors
    /// 500 for a file and for rows that are read while they are sent.
    pub(super) fn text(&self) -> Result<&str> {
        match self {
            Self::Json(json) => std::str::from_utf8(&json.body).map_err(Error::internal),
            Self::File(_) | Self::Rows(..) => Err(Error::internal("the answer is no JSON object")),
        }
    }

    /// The answer as a background job keeps it.
    ///
    /// # Errors
    /// Those of reading rows.
    pub(super) async fn into_json(self) -> Result<String> {
        let body = match self {
            Self::Json(json) => json.body,
            Self::Rows(rows, _) => rows.into_json().await?,
            Self::File(_) => return Err(Error::internal("a route in the background answers with a file")),
        };
        String::from_utf8(body).map_err(Error::internal)
    }
}

/// JSON text as a response.
pub(super) fn json(body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Says where the rows go on (RFC 8288).
fn link(response: &mut Response, next: Option<&str>) {
    if let Some(Ok(link)) = next.map(|next| HeaderValue::try_from(format!("<{next}>; rel=\"next\""))) {
        response.headers_mut().insert(header::LINK, link);
    }
}

async fn file(app: &App, value: &Value, conditions: &Conditions) -> Result<Response> {
    let key = match value {
        Value::Media(media) => media.key(),
        _ => None,
    };
    let Some(key) = key else {
        return Err(Error::new(404, "no_file", "the row has no file here"));
    };
    // Conditions and ranges are of GET; to POST a file is a result like any other.
    let mut response = if conditions.method == Method::GET || conditions.method == Method::HEAD {
        super::media::file(app.tables().media(), key, &conditions.method, &conditions.headers).await?
    } else {
        super::media::file(app.tables().media(), key, &Method::GET, &HeaderMap::new()).await?
    };
    // A file's own address has one content for ever; a route's has another tomorrow.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}
