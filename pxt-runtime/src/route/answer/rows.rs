//! Rows as JSON text: at once when they are few, as they are read when they are many.

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;

use crate::error::Result;
use crate::store::{RowStream, Select, store_error};
use crate::table::{Keys, Tables, write};
use crate::value::{Row, Value};

/// How much JSON text is made before it is handed on, in bytes.
const CHUNK: usize = 32 << 10;

/// Rows of which the first ones have been read.
pub(crate) struct RowsAnswer {
    rows: RowStream,
    writer: RowWriter,
    /// The text of those that have been read and not handed on.
    begun: Vec<u8>,
    /// Whether that is the end of the text.
    ended: bool,
}

impl RowsAnswer {
    /// Reads the first rows of a select.
    ///
    /// # Errors
    /// Those of reading.
    pub(super) async fn begin(rows: RowStream, writer: RowWriter) -> Result<Self> {
        let mut begun = Vec::with_capacity(1024);
        begun.extend_from_slice(brackets(writer.scalar).0);
        let mut answer = Self { rows, writer, begun, ended: false };
        answer.fill(true).await?;
        Ok(answer)
    }

    /// Takes the whole text, if all rows have been read.
    pub(super) fn whole(&mut self) -> Option<Vec<u8>> {
        self.ended.then(|| std::mem::take(&mut self.begun))
    }

    /// All of it as JSON text.
    ///
    /// # Errors
    /// Those of reading.
    pub(super) async fn into_json(mut self) -> Result<Vec<u8>> {
        let mut all = std::mem::take(&mut self.begun);
        while !self.ended {
            self.fill(false).await?;
            all.append(&mut self.begun);
        }
        Ok(all)
    }

    /// The rows as they are read. An error of the database breaks the body off: the status has been sent.
    pub(super) fn into_body(self) -> Body {
        let next = |mut answer: Self| async move {
            if answer.begun.is_empty() && !answer.ended {
                answer.begun.reserve(CHUNK + CHUNK / 8);
                if let Err(error) = answer.fill(false).await {
                    tracing::error!(cause = error.chain(), "rows broke off in the middle of an answer");
                    return Err(Box::<dyn std::error::Error + Send + Sync>::from(error));
                }
            }
            let text = std::mem::take(&mut answer.begun);
            Ok((!text.is_empty()).then(|| (Bytes::from(text), answer)))
        };
        Body::from_stream(stream::try_unfold(self, next))
    }

    /// Adds rows to the text until there is enough to hand on, or no row left. The first row has no comma before it.
    async fn fill(&mut self, mut is_first: bool) -> Result<()> {
        while self.begun.len() < CHUNK {
            let Some(row) = self.rows.next_readable().await.map_err(store_error)? else {
                self.begun.extend_from_slice(brackets(self.writer.scalar).1);
                self.ended = true;
                return Ok(());
            };
            if !std::mem::take(&mut is_first) {
                self.begun.push(b',');
            }
            self.writer.write(row, &mut self.begun)?;
        }
        Ok(())
    }
}

/// What stands around the rows of an answer: a list of values, or an object with a list of objects.
pub(in crate::route) fn brackets(scalar: bool) -> (&'static [u8], &'static [u8]) {
    if scalar { (b"[", b"]") } else { (b"{\"rows\":[", b"]}") }
}

/// Writes rows as JSON.
pub(in crate::route) struct RowWriter {
    tables: Tables,
    keys: Keys,
    scalar: bool,
}

impl RowWriter {
    /// A row is an object, or one value if it is `scalar`.
    pub(in crate::route) fn new(tables: &Tables, select: &Select, scalar: bool) -> Self {
        Self { tables: tables.clone(), keys: Keys::new(select.outputs.iter().map(|output| &*output.name)), scalar }
    }

    /// For objects whose fields have these names.
    pub(in crate::route) fn of_fields<'n>(tables: &Tables, names: impl Iterator<Item = &'n str>) -> Self {
        Self { tables: tables.clone(), keys: Keys::new(names), scalar: false }
    }

    pub(in crate::route) fn write(&self, row: Row, out: &mut Vec<u8>) -> Result<()> {
        let mut values = row.into_iter().map(|value| self.tables.outside(value));
        if self.scalar {
            return write(&values.next().unwrap_or(Value::Null), out);
        }
        self.keys.write(values, out)
    }
}
