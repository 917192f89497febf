//! Reading the rows of a select, few at once. What is long or large is read by `stream`.

use futures_util::TryStreamExt as _;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Sqlite};

use super::bind::{self, Bind};
use super::file::File;
use super::{Database, arguments, failure};
use crate::store::StoreError;
use crate::store::question::{Bound, Part, Question};
use crate::store::statements::Statement;
use crate::value::{Row, Value};

/// A text with its values.
pub(super) struct Query {
    statement: Statement,
    arguments: SqliteArguments,
    part: Part,
}

/// Why a read failed.
pub(super) enum Failed {
    /// What SQLite said.
    Database(sqlx::Error),
    Store(StoreError),
}

impl Database {
    /// All rows of a part. None when they take more memory than `most` bytes and one row.
    pub(in crate::store) async fn rows(
        &self,
        question: &Question,
        part: Part,
        (statement, bounds): (Statement, Vec<Bound>),
        most: usize,
    ) -> Result<Option<Vec<Row>>, StoreError> {
        let query = Query::new(part, statement, bounds)?;
        let mut reader = self.reader().await?;
        all(&mut reader, question, query, most).await.map_err(|failed| failed.told(question, &self.file))
    }
}

/// All rows, unless another one comes when they take more than `most` bytes: one row alone is read however large it is.
pub(super) async fn all(
    connection: &mut SqliteConnection,
    question: &Question,
    query: Query,
    most: usize,
) -> Result<Option<Vec<Row>>, Failed> {
    let part = query.part;
    let (mut all, mut bytes) = (Vec::new(), 0);
    let mut rows = query.sent().fetch(connection);
    while let Some(row) = rows.try_next().await.map_err(Failed::Database)? {
        if bytes > most {
            return Ok(None);
        }
        let row = values(question, part, &row).map_err(Failed::Store)?;
        bytes += size(&row);
        all.push(row);
    }
    Ok(Some(all))
}

pub(super) fn values(question: &Question, part: Part, row: &SqliteRow) -> Result<Row, StoreError> {
    let items = question.items(part);
    let mut values = Vec::with_capacity(items.len());
    for (position, item) in items.iter().enumerate() {
        match bind::read(item.ty, row, position) {
            // Floats add up to more than there is, without a word.
            Some(Value::Float(number)) if !number.is_finite() && item.is_aggregate() => {
                let (table, column) = item.origin(question.table);
                return Err(StoreError::Overflow { table, column });
            }
            Some(value) => values.push(value),
            None => {
                let (table, column) = item.origin(question.table);
                return Err(StoreError::Corrupt { table, column });
            }
        }
    }
    Ok(values)
}

/// The memory that a row takes, roughly, in bytes.
pub(super) fn size(row: &Row) -> usize {
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
    row.iter().map(value).sum()
}

impl Query {
    pub(super) fn new(part: Part, statement: Statement, bounds: Vec<Bound>) -> Result<Self, StoreError> {
        let binds: Vec<Bind> = bounds.into_iter().map(Bind::bound).collect::<Result<_, _>>()?;
        Ok(Self { statement, arguments: arguments(&binds)?, part })
    }

    pub(super) fn part(&self) -> Part {
        self.part
    }

    pub(super) fn sent(self) -> sqlx::query::Query<'static, Sqlite, SqliteArguments> {
        sqlx::query_with(AssertSqlSafe(self.statement.text), self.arguments).persistent(self.statement.kept)
    }
}

impl Failed {
    /// What the caller is told; the file may be gone.
    pub(super) fn told(self, question: &Question, file: &File) -> StoreError {
        match self {
            Self::Database(error) => file.check().err().unwrap_or_else(|| failure::of_question(error, question)),
            Self::Store(error) => error,
        }
    }
}
