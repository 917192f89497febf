//! From a row to a response: its columns as a JSON object, the file of one column, or what a function makes of them.

use std::panic::AssertUnwindSafe;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use futures_util::FutureExt;
use schemars::{Schema as JsonSchema, SchemaGenerator};

use super::declaration::Handler;
use super::endpoint::ended;
use crate::compute::Arguments;
use crate::error::{Error, Result};
use crate::schema::At;
use crate::table::App;
use crate::value::{Row, Value};

/// What is answered of a row.
pub(crate) enum RowAnswer {
    /// A JSON object of columns.
    Columns(Columns),
    /// The file of a media column.
    File(usize),
    /// The value of a function over columns.
    Function(Decorated),
}

/// Columns of a row as a JSON object.
pub(crate) struct Columns {
    /// Their positions, in the order of the answer.
    pub(crate) positions: Vec<usize>,
    keys: Keys,
}

/// The function of a decorated route.
pub(crate) struct Decorated {
    /// Positions of the columns that the function takes.
    pub(crate) outputs: Vec<usize>,
    pub(crate) handler: Handler,
    /// The schema of its value.
    pub(crate) schema: fn(&mut SchemaGenerator) -> JsonSchema,
    pub(crate) name: &'static str,
    pub(crate) at: At,
}

/// The names of an object's fields as JSON text, each with what stands before its value.
pub(crate) struct Keys(Vec<Box<[u8]>>);

impl Keys {
    /// The keys of these names.
    pub(crate) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let key = |(position, name): (usize, &str)| {
            let before = if position == 0 { '{' } else { ',' };
            format!("{before}{}:", serde_json::Value::from(name)).into_bytes().into()
        };
        Self(names.enumerate().map(key).collect())
    }

    /// Writes an object of these keys and values.
    pub(crate) fn write(&self, values: impl Iterator<Item = Value>, out: &mut Vec<u8>) -> Result<()> {
        for (key, value) in self.0.iter().zip(values) {
            out.extend_from_slice(key);
            write(&value, out)?;
        }
        out.extend_from_slice(if self.0.is_empty() { b"{}" } else { b"}" });
        Ok(())
    }
}

/// Writes a value as JSON.
pub(crate) fn write(value: &Value, out: &mut Vec<u8>) -> Result<()> {
    serde_json::to_writer(out, value).map_err(Error::internal)
}

impl Columns {
    pub(crate) fn new(positions: Vec<usize>, name: impl Fn(usize) -> &'static str) -> Self {
        let keys = Keys::new(positions.iter().map(|position| name(*position)));
        Self { positions, keys }
    }

    /// Writes the columns of a row.
    pub(super) fn write(&self, app: &App, row: Row, out: &mut Vec<u8>) -> Result<()> {
        self.keys.write(app.shape(row, &self.positions).into_iter(), out)
    }
}

impl RowAnswer {
    /// Positions of the columns that are needed.
    pub(crate) fn outputs(&self) -> &[usize] {
        match self {
            Self::Columns(columns) => &columns.positions,
            Self::File(column) => std::slice::from_ref(column),
            Self::Function(function) => &function.outputs,
        }
    }

    /// The response for a row.
    pub(super) async fn respond(&self, app: &App, mut row: Row) -> Result<Response> {
        match self {
            Self::Columns(columns) => {
                let mut body = Vec::with_capacity(256);
                columns.write(app, row, &mut body)?;
                Ok(json(body))
            }
            Self::File(column) => {
                file(app, &std::mem::replace(&mut row[*column], Value::Null), &Method::GET, &HeaderMap::new()).await
            }
            Self::Function(function) => function.call(app.shape(row, &function.outputs)).await.map(json),
        }
    }
}

impl Decorated {
    /// Calls the function with the outputs of a row.
    async fn call(&self, outputs: Vec<Value>) -> Result<Vec<u8>> {
        let arguments = Arguments::new(outputs);
        let call = async {
            match self.handler {
                Handler::Sync(call) => call(arguments),
                Handler::Async(call) => call(arguments).await,
            }
        };
        let result = AssertUnwindSafe(call).catch_unwind().await.unwrap_or_else(|_| Err(ended()));
        result.map_err(|error| if error.is_public() { error } else { self.failed(&error) })
    }

    /// The function failed, with a text that is not for clients.
    fn failed(&self, error: &Error) -> Error {
        let text = format!("the function `{}` ({}) failed: {}", self.name, self.at, error.chain());
        Error::new(500, "response_failed", "the response could not be made").with_source(text)
    }
}

/// JSON text as a response.
pub(super) fn json(body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The file of a media value as a response.
pub(super) async fn file(app: &App, value: &Value, method: &Method, headers: &HeaderMap) -> Result<Response> {
    let key = match value {
        Value::Media(media) => media.key(),
        _ => None,
    };
    let Some(key) = key else {
        return Err(Error::new(404, "no_file", "the row has no file here"));
    };
    // An answer to a POST is a file too, and whole.
    let mut response = if method == Method::GET || method == Method::HEAD {
        super::media::file(app.media(), key, method, headers).await?
    } else {
        super::media::file(app.media(), key, &Method::GET, &HeaderMap::new()).await?
    };
    // A file's own address has one content for ever; a route's has another tomorrow.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

/// The version of a row as an entity tag.
pub(super) fn etag(mut response: Response, version: i64) -> Response {
    // A file has a tag of its own.
    if let (StatusCode::OK, Ok(tag)) = (response.status(), HeaderValue::from_str(&format!("\"{version}\""))) {
        response.headers_mut().entry(header::ETAG).or_insert(tag);
    }
    response
}
