//! Rows as JSON text: at once when they are few, as they are read when they are many.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;

use super::{Asking, one};
use crate::error::Result;
use crate::route::answer::{self, Keys};
use crate::route::request::CURSOR;
use crate::store::{Page, RowStream, Select, StoreError};
use crate::table::{App, store_error};
use crate::value::{Row, Value};

/// How much JSON text is made before it is handed on, in bytes.
const CHUNK: usize = 32 << 10;

/// A page of rows that are JSON text already. The function makes all of them for each page; where one begins is told by its
/// number.
pub(super) fn of_list(asking: &Asking<'_>, rows: &[Vec<u8>]) -> Result<Response> {
    let action = asking.action;
    let passed = match asking.cursor.as_deref().map(str::parse::<usize>) {
        None => 0,
        Some(Ok(passed)) if passed <= rows.len() => passed,
        Some(_) => return Err(store_error(StoreError::BadCursor)),
    };
    let end = passed + fitting(&rows[passed..], action.most, asking.endpoint.app.settings().max_page);
    let (open, close) = brackets(action.scalar);
    let mut response = answer::json([open, &rows[passed..end].join(&b','), close].concat());
    if end < rows.len()
        && let Some(link) = next(asking, &end.to_string())
    {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// How many of the first rows make a page.
fn fitting(rows: &[Vec<u8>], most: u64, max_page: u64) -> usize {
    let mut bytes = 0;
    let fits = |row: &&Vec<u8>| {
        let fits = bytes <= max_page;
        bytes += row.len() as u64;
        fits
    };
    rows.iter().take(usize::try_from(most).unwrap_or(usize::MAX)).take_while(fits).count()
}

fn brackets(scalar: bool) -> (&'static [u8], &'static [u8]) {
    if scalar { (b"[", b"]") } else { (b"{\"rows\":[", b"]}") }
}

/// The one row of a select.
pub(super) async fn one_of(asking: &Asking<'_>, select: &Select) -> Result<Response> {
    let (app, action) = (&asking.endpoint.app, asking.action);
    let mut rows = app.store().select(select, Page { after: None, most: 2, bytes: None }).await.map_err(store_error)?;
    let mut found = Vec::with_capacity(2);
    while let Some(row) = rows.next().await.map_err(store_error)? {
        found.push(row);
    }
    let row = one(found.into_iter())?;
    if action.file {
        let is_media = |value: &&Value| matches!(value, Value::Media(_));
        let file = row.iter().find(is_media).unwrap_or(&Value::Null);
        if asking.method == Method::POST {
            // Conditions and ranges are of GET; to POST a file is a result like any other.
            return answer::file(app, file, &Method::GET, &HeaderMap::new()).await;
        }
        return answer::file(app, file, &asking.method, &asking.headers).await;
    }
    let mut body = Vec::with_capacity(256);
    Writer::new(app, select, action.scalar).write(row, &mut body)?;
    Ok(answer::json(body))
}

/// A page of rows, with the address of the next one.
pub(super) async fn page(asking: &Asking<'_>, select: &Select) -> Result<Response> {
    let (app, action) = (&asking.endpoint.app, asking.action);
    let bytes = Some(app.settings().max_page);
    let page = Page { after: asking.cursor.clone(), most: action.most, bytes };
    let rows = app.store().select(select, page).await.map_err(store_error)?;
    let link = rows.further().and_then(|cursor| next(asking, cursor));
    let mut source = Source { writer: Writer::new(app, select, action.scalar), rows, first: true, ended: false };
    let mut body = Vec::with_capacity(1024);
    body.extend_from_slice(brackets(action.scalar).0);
    source.fill(&mut body).await?;
    let mut response = if source.ended {
        answer::json(body)
    } else {
        let mut response = answer::json(Vec::new());
        *response.body_mut() = source.into_body(body);
        response
    };
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// Rows on their way into JSON text.
struct Source {
    writer: Writer,
    rows: RowStream,
    first: bool,
    ended: bool,
}

impl Source {
    /// Adds rows until there is enough to hand on, or no row left.
    async fn fill(&mut self, out: &mut Vec<u8>) -> Result<()> {
        while out.len() < CHUNK {
            let Some(row) = self.rows.next_readable().await.map_err(store_error)? else {
                out.extend_from_slice(brackets(self.writer.scalar).1);
                self.ended = true;
                return Ok(());
            };
            if !std::mem::take(&mut self.first) {
                out.push(b',');
            }
            self.writer.write(row, out)?;
        }
        Ok(())
    }

    /// The rows as they are read. An error of the database breaks the body off: the status has been sent.
    fn into_body(self, begun: Vec<u8>) -> Body {
        let next = |(mut source, begun): (Self, Option<Vec<u8>>)| async move {
            if let Some(begun) = begun {
                return Ok(Some((Bytes::from(begun), (source, None))));
            }
            if source.ended {
                return Ok(None);
            }
            let mut out = Vec::with_capacity(CHUNK + CHUNK / 8);
            match source.fill(&mut out).await {
                Ok(()) => Ok(Some((Bytes::from(out), (source, None)))),
                Err(error) => {
                    tracing::error!(cause = error.chain(), "rows broke off in the middle of an answer");
                    Err(Box::<dyn std::error::Error + Send + Sync>::from(error))
                }
            }
        };
        Body::from_stream(stream::try_unfold((self, Some(begun)), next))
    }
}

/// Writes rows of a select as JSON.
struct Writer {
    app: App,
    keys: Keys,
    scalar: bool,
}

impl Writer {
    fn new(app: &App, select: &Select, scalar: bool) -> Self {
        Self { app: app.clone(), keys: Keys::new(select.outputs.iter().map(|output| &*output.name)), scalar }
    }

    fn write(&self, row: Row, out: &mut Vec<u8>) -> Result<()> {
        let mut values = row.into_iter().map(|value| self.app.outside(value));
        if self.scalar {
            return answer::write(&values.next().unwrap_or(Value::Null), out);
        }
        self.keys.write(values, out)
    }
}

/// The same request for the rows that follow (RFC 8288). Without a public address it is told by its query alone, which holds
/// below any prefix.
fn next(asking: &Asking<'_>, cursor: &str) -> Option<HeaderValue> {
    let settings = asking.endpoint.app.settings();
    let base = settings.public_url.as_ref().map(|url| format!("{url}{}", asking.endpoint.path)).unwrap_or_default();
    let query = &asking.query;
    let and = if query.is_empty() { "" } else { "&" };
    HeaderValue::from_str(&format!("<{base}?{query}{and}{CURSOR}={cursor}>; rel=\"next\"")).ok()
}
