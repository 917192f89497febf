//! Rows as JSON text: at once when they are few, as they are read when they are many.

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;

use super::{Asking, one};
use crate::error::Result;
use crate::route::answer::{Answer, Json};
use crate::route::request::CURSOR;
use crate::store::{Page, RowStream, Select, StoreError, store_error};
use crate::table::{Keys, Tables, write};
use crate::value::{Row, Value};

/// How much JSON text is made before it is handed on, in bytes.
const CHUNK: usize = 32 << 10;

/// A page of rows that are JSON text already. The function makes all of them for each page; where one begins is told by its
/// number.
pub(super) fn of_list(asking: &Asking<'_>, rows: &[Vec<u8>]) -> Result<Json> {
    let action = asking.action;
    let passed = match asking.cursor.as_deref().map(str::parse::<usize>) {
        None => 0,
        Some(Ok(passed)) if passed <= rows.len() => passed,
        Some(_) => return Err(store_error(StoreError::BadCursor)),
    };
    let end = passed + fitting(&rows[passed..], action.most, asking.endpoint.app.settings().max_page);
    let (open, close) = brackets(action.scalar);
    let next = (end < rows.len()).then(|| next(asking, &end.to_string()));
    Ok(Json::new([open, &rows[passed..end].join(&b','), close].concat()).with_next(next))
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
pub(super) async fn one_of(asking: &Asking<'_>, select: &Select) -> Result<Answer> {
    let (tables, action) = (asking.endpoint.app.tables(), asking.action);
    let page = Page { after: None, most: 2, bytes: None };
    let mut rows = tables.store().select(select, page).await.map_err(store_error)?;
    let mut found = Vec::with_capacity(2);
    while let Some(row) = rows.next().await.map_err(store_error)? {
        found.push(row);
    }
    let row = one(found.into_iter())?;
    if action.file {
        let file = row.into_iter().find(|value| matches!(value, Value::Media(_)));
        return Ok(Answer::File(file.unwrap_or(Value::Null)));
    }
    let mut body = Vec::with_capacity(256);
    Writer::new(tables, select, action.scalar).write(row, &mut body)?;
    Ok(Answer::Json(Json::new(body)))
}

/// A page of rows, with the address of the next one.
pub(super) async fn page(asking: &Asking<'_>, select: &Select) -> Result<Answer> {
    let (app, action) = (&asking.endpoint.app, asking.action);
    let bytes = Some(app.settings().max_page);
    let page = Page { after: asking.cursor.clone(), most: action.most, bytes };
    let rows = app.tables().store().select(select, page).await.map_err(store_error)?;
    let next = rows.further().map(|cursor| next(asking, cursor));
    let writer = Writer::new(app.tables(), select, action.scalar);
    let mut source = Source { writer, rows, first: true, ended: false };
    let mut begun = Vec::with_capacity(1024);
    begun.extend_from_slice(brackets(action.scalar).0);
    source.fill(&mut begun).await?;
    Ok(if source.ended {
        Answer::Json(Json::new(begun).with_next(next))
    } else {
        Answer::Rows(Box::new(RowsAnswer { source, begun, next }))
    })
}

/// Rows of which the first ones have been read.
pub(crate) struct RowsAnswer {
    source: Source,
    begun: Vec<u8>,
    next: Option<String>,
}

impl RowsAnswer {
    /// Where the rows go on behind these.
    pub(in crate::route) fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// All of it as JSON text.
    ///
    /// # Errors
    /// Those of reading.
    pub(in crate::route) async fn into_json(self) -> Result<Vec<u8>> {
        let Self { mut source, begun: mut all, .. } = self;
        let mut chunk = Vec::with_capacity(CHUNK + CHUNK / 8);
        while !source.ended {
            source.fill(&mut chunk).await?;
            all.append(&mut chunk);
        }
        Ok(all)
    }

    /// The rows as they are read. An error of the database breaks the body off: the status has been sent.
    pub(in crate::route) fn into_body(self) -> Body {
        let next = |(mut source, begun): (Source, Option<Vec<u8>>)| async move {
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
        Body::from_stream(stream::try_unfold((self.source, Some(self.begun)), next))
    }
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
}

/// Writes rows of a select as JSON.
struct Writer {
    tables: Tables,
    keys: Keys,
    scalar: bool,
}

impl Writer {
    fn new(tables: &Tables, select: &Select, scalar: bool) -> Self {
        Self { tables: tables.clone(), keys: Keys::new(select.outputs.iter().map(|output| &*output.name)), scalar }
    }

    fn write(&self, row: Row, out: &mut Vec<u8>) -> Result<()> {
        let mut values = row.into_iter().map(|value| self.tables.outside(value));
        if self.scalar {
            return write(&values.next().unwrap_or(Value::Null), out);
        }
        self.keys.write(values, out)
    }
}

/// The address of the rows that follow. Without a public address it is told by its query alone, which holds below any prefix.
fn next(asking: &Asking<'_>, cursor: &str) -> String {
    let settings = asking.endpoint.app.settings();
    let base = settings.public_url.as_ref().map(|url| format!("{url}{}", asking.endpoint.path)).unwrap_or_default();
    let query = &asking.query;
    let and = if query.is_empty() { "" } else { "&" };
    format!("{base}?{query}{and}{CURSOR}={cursor}")
}
