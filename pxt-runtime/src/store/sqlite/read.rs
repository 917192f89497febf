//! Reading the rows of a select, few at once. What is long or large is read by `stream`.

use futures_util::{Stream, StreamExt as _};
use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteConnection;

use super::bind::{self, Bind};
use super::file::File;
use super::{Database, arguments, failure};
use crate::store::StoreError;
use crate::store::fetch::{self, Failed};
use crate::store::question::{Asked, Bound, Part, Question};
use crate::store::statements::Statement;
use crate::store::unreadable::Line;

/// A text with its values.
pub(super) struct Query {
    statement: Statement,
    binds: Vec<Bind>,
    /// Where among the values the limit stands.
    limit: Option<usize>,
    part: Part,
}

impl Database {
    /// All rows of a part. None when they take more memory than `most` bytes and one row.
    pub(in crate::store) async fn rows(
        &self,
        question: &Question,
        part: Part,
        asked: Asked,
        most: usize,
    ) -> Result<Option<Vec<Line>>, StoreError> {
        let query = Query::new(part, asked)?;
        let mut reader = self.reader().await?;
        let read = match query.rows(&mut reader, question) {
            Ok(rows) => fetch::all(rows, most).await,
            Err(failed) => Err(failed),
        };
        let rows = read.map_err(|failed| told(failed, question, &self.file))?;
        if rows.is_some() {
            reader.done();
        }
        Ok(rows)
    }
}

impl Query {
    pub(super) fn new(part: Part, (statement, bounds): Asked) -> Result<Self, StoreError> {
        let limit = bounds.iter().position(|bound| matches!(bound, Bound::Limit(_)));
        let binds = bounds.into_iter().map(Bind::bound).collect::<Result<_, _>>()?;
        Ok(Self { statement, binds, limit, part })
    }

    /// The same for fewer rows.
    pub(super) fn limit(&mut self, rows: u64) {
        if let Some(limit) = self.limit {
            self.binds[limit] = Bind::Int(rows.try_into().unwrap_or(i64::MAX));
        }
    }

    /// Its rows, as they come.
    pub(super) fn rows<'c>(
        &self,
        connection: &'c mut SqliteConnection,
        question: &'c Question,
    ) -> Result<impl Stream<Item = Result<Line, Failed>> + Unpin + Send + use<'c>, Failed> {
        let part = self.part;
        let arguments = arguments(&self.binds).map_err(Failed::Store)?;
        let query = sqlx::query_with(AssertSqlSafe(self.statement.text.clone()), arguments);
        Ok(query.persistent(self.statement.kept).fetch(connection).map(move |row| {
            let row = row.map_err(Failed::Database)?;
            fetch::line(question, part, |ty, position| bind::read(ty, &row, position))
        }))
    }
}

/// What the caller is told; the file may be gone.
pub(super) fn told(failed: Failed, question: &Question, file: &File) -> StoreError {
    failed.told(|error| file.check().err().unwrap_or_else(|| failure::of_question(error, question)))
}
