//! A page of the rows of a described text. Where it begins is told by the number of rows before it.

use std::sync::Arc;

use super::{Described, Window};
use crate::store::database::Database;
use crate::store::extents::Extent;
use crate::store::question::{Ending, Part};
use crate::store::rows::{FEW, MOST, RowStream};
use crate::store::script;
use crate::store::turns::Turn;
use crate::store::{Store, StoreError};
use crate::value::Value;

/// Which rows of a text are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Rows {
    /// How many rows come before them. 0 for the first page.
    pub passed: u64,
    /// The most rows; 0 is taken for 1.
    pub most: u64,
    /// The bytes of rows after which no further row is of the page, at least 1: a value counts for what it holds and 16
    /// bytes more. None for any number.
    pub bytes: Option<u64>,
}

impl Store {
    /// A page of the rows of a described text, one value for each of its parameters. Where there are more rows behind it,
    /// [`RowStream::further`] is how many rows that page comes after.
    ///
    /// The order is that of the text. Rows that others write between two pages shift those that follow.
    ///
    /// # Errors
    /// [`StoreError::Value`] for a value that its parameter cannot hold, [`StoreError::Data`] for values that the database
    /// cannot compute with, both of which clients can bring about; [`StoreError::SchemaChanged`] when a table or column is gone,
    /// [`StoreError::Busy`]; [`StoreError::Mistake`] for a column that holds something else than is declared, and others.
    pub async fn named(
        &self,
        described: &Arc<Described>,
        values: Vec<Value>,
        rows: Rows,
    ) -> Result<RowStream, StoreError> {
        if values.len() != described.parameters.len() {
            return Err(script::wrong_count(described.parameters.len(), values.len()));
        }
        self.look(false).await?;
        let database = &self.0.database;
        let most = rows.most.clamp(1, i64::MAX as u64);
        let bytes = rows.bytes.filter(|bytes| *bytes < i64::MAX as u64);
        let rows = Rows { most, bytes, ..rows };
        let much = if most < FEW { Extent::Large } else { Extent::Long };
        let turn = if described.extents.was(much) { database.turn() } else { None };
        if turn.is_none()
            && let Some(rows) = few(database, described, &values, rows).await?
        {
            return Ok(rows);
        }
        many(database, described, turn, values, rows).await
    }
}

/// The page if it is short.
async fn few(
    database: &Database,
    described: &Described,
    values: &[Value],
    rows: Rows,
) -> Result<Option<RowStream>, StoreError> {
    let memory = rows.bytes.and_then(|bytes| usize::try_from(bytes).ok()).map_or(MOST, |bytes| bytes.min(MOST));
    let window = Window { limit: rows.most.saturating_add(1).min(FEW + 1), offset: rows.passed };
    let Some(mut lines) = database.named_rows(described, values, window, memory).await? else {
        described.extents.note(Extent::Large);
        return Ok(None);
    };
    let count = lines.len() as u64;
    if count > FEW {
        described.extents.note(Extent::Long);
        return Ok(None);
    }
    let further = (count > rows.most).then(|| (rows.passed + rows.most).to_string());
    lines.truncate(usize::try_from(rows.most).unwrap_or(usize::MAX));
    Ok(Some(RowStream::of(lines, further)))
}

/// Both the end of the page and its rows are of one moment.
async fn many(
    database: &Database,
    described: &Arc<Described>,
    turn: Option<Turn>,
    values: Vec<Value>,
    rows: Rows,
) -> Result<RowStream, StoreError> {
    let weight = described.texts.weight;
    let Rows { passed, most, bytes } = rows;
    let is_whole = most >= i64::MAX as u64;
    let ending = |bytes| Ending { part: Part::Sizes, limit: most, bytes, weight };
    let end = match bytes {
        Some(bytes) => {
            // No page has more, and the one behind it.
            let limit = most.saturating_add(1).min((bytes / weight.max(1)).saturating_add(2));
            Some((ending(Some(bytes)), Window { limit, offset: passed }))
        }
        None if is_whole => None,
        None => Some((ending(None), Window { limit: 2, offset: passed.saturating_add(most - 1) })),
    };
    let opened = database.named_stream(turn, described, values, end, Window { limit: most, offset: passed }).await?;
    let further = opened.end.last.as_ref().map(|_| (passed + opened.end.count).to_string());
    Ok(RowStream::opened(opened, further))
}
