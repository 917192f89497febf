//! Rows of a select as they come from a database, whichever it is.

use futures_util::{Stream, TryStreamExt as _};

use super::StoreError;
use super::question::{Part, Question};
use super::unreadable::Line;
use crate::schema::ColumnType;
use crate::value::Value;

/// Why a read failed.
pub(super) enum Failed {
    /// What the database said.
    Database(sqlx::Error),
    Store(StoreError),
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl Failed {
    /// What the caller is told; `of` reads what the database said.
    pub(super) fn told(self, of: impl FnOnce(sqlx::Error) -> StoreError) -> StoreError {
        match self {
            Self::Database(error) => of(error),
            Self::Store(error) => error,
        }
    }
}

/// All rows, unless another one comes when they take more than `most` bytes: one row alone is read however large it is.
pub(super) async fn all(
    mut rows: impl Stream<Item = Result<Line, Failed>> + Unpin,
    most: usize,
) -> Result<Option<Vec<Line>>, Failed> {
    let (mut all, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.try_next().await? {
        if bytes > most {
            return Ok(None);
        }
        bytes += size(&row);
        all.push(row);
    }
    Ok(Some(all))
}

/// The values of a row of a part; `read` reads the one at a position, and gives none when it is of another type.
pub(super) fn line(
    question: &Question,
    part: Part,
    read: impl Fn(ColumnType, usize) -> Option<Value>,
) -> Result<Line, Failed> {
    let items = question.items(part);
    let mut values = Vec::with_capacity(items.len());
    for (position, item) in items.iter().enumerate() {
        match read(item.ty, position) {
            // Floats add up to more than there is, without a word.
            Some(Value::Float(number)) if !number.is_finite() && item.is_aggregate() => {
                let (table, column) = item.origin(question.table);
                return Err(Failed::Store(StoreError::Overflow { table, column }));
            }
            // SQLite has infinities, which no column of ours holds.
            Some(value) if !matches!(value, Value::Float(number) if !number.is_finite()) => values.push(value),
            _ => {
                let cell = question.unreadable(part, position, &read);
                // What is made of all rows is no row among others.
                return if question.is_single() { Err(Failed::Store(cell.into())) } else { Ok(Err(Box::new(cell))) };
            }
        }
    }
    Ok(Ok(values))
}

/// The memory that a row takes, roughly, in bytes.
pub(super) fn size(line: &Line) -> usize {
    use serde_json::Value as Tree;
    fn tree(value: &Tree) -> usize {
        size_of::<Tree>()
            + match value {
                Tree::String(text) => text.len(),
                Tree::Array(items) => items.iter().map(tree).sum(),
                Tree::Object(fields) => fields.iter().map(|(name, value)| name.len() + tree(value)).sum(),
                Tree::Null | Tree::Bool(_) | Tree::Number(_) => 0,
            }
    }
    let value = |value: &Value| {
        size_of::<Value>()
            + match value {
                Value::String(text) => text.len(),
                Value::Binary(bytes) => bytes.len(),
                Value::Array(elements) => 8 * elements.len(),
                Value::Json(value) => tree(value),
                _ => 0,
            }
    };
    line.as_ref().map_or(0, |row| row.iter().map(value).sum())
}
