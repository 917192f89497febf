//! Reading the rows of a select, few at once. What is long or large is read by `stream`.

use futures_util::{Stream, StreamExt as _};
use sqlx::AssertSqlSafe;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};

use super::bind::{self, Bind};
use super::file::File;
use super::{Database, arguments, failure};
use crate::store::StoreError;
use crate::store::fetch::{self, Failed};
use crate::store::question::{Bound, Part, Question};
use crate::store::statements::Statement;
use crate::store::unreadable::Line;

/// A text with its values.
pub(super) struct Query {
    statement: Statement,
    arguments: SqliteArguments,
    part: Part,
}

impl Database {
    /// All rows of a part. None when they take more memory than `most` bytes and one row.
    pub(in crate::store) async fn rows(
        &self,
        question: &Question,
        part: Part,
        (statement, bounds): (Statement, Vec<Bound>),
        most: usize,
    ) -> Result<Option<Vec<Line>>, StoreError> {
        let query = Query::new(part, statement, bounds)?;
        let mut reader = self.reader().await?;
        let read = fetch::all(query.rows(&mut reader, question), most).await;
        let rows = read.map_err(|failed| told(failed, question, &self.file))?;
        if rows.is_some() {
            reader.done();
        }
        Ok(rows)
    }
}

impl Query {
    pub(super) fn new(part: Part, statement: Statement, bounds: Vec<Bound>) -> Result<Self, StoreError> {
        let binds: Vec<Bind> = bounds.into_iter().map(Bind::bound).collect::<Result<_, _>>()?;
        Ok(Self { statement, arguments: arguments(&binds)?, part })
    }

    /// Its rows, as they come.
    pub(super) fn rows<'c>(
        self,
        connection: &'c mut SqliteConnection,
        question: &'c Question,
    ) -> impl Stream<Item = Result<Line, Failed>> + Unpin + Send + 'c {
        let part = self.part;
        let query = sqlx::query_with(AssertSqlSafe(self.statement.text), self.arguments);
        query.persistent(self.statement.kept).fetch(connection).map(move |row| {
            let row = row.map_err(Failed::Database)?;
            fetch::line(question, part, |ty, position| bind::read(ty, &row, position))
        })
    }
}

/// What the caller is told; the file may be gone.
pub(super) fn told(failed: Failed, question: &Question, file: &File) -> StoreError {
    failed.told(|error| file.check().err().unwrap_or_else(|| failure::of_question(error, question)))
}
