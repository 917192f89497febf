//! Reading: rows by key and in order, and those of a select, few at once. What is long or large is read by `stream`.

use std::sync::Arc;

use futures_util::{Stream, StreamExt as _};
use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgConnection, PgRow};

use super::bind::{self, Bind};
use super::readers::{Read, Reader, Source};
use super::{Database, failure};
use crate::schema::TableDef;
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
    /// All rows of a statement over a table.
    pub(super) async fn read(
        &self,
        source: Source,
        def: &'static TableDef,
        text: &Arc<str>,
        binds: &[Bind],
    ) -> Result<Vec<PgRow>, StoreError> {
        let read = self.readers.read(source, &Text { text, binds }).await;
        read.map_err(|failed| failed.told(|error| failure::of_table(error, def)))
    }

    /// All rows of a part. None when they take more memory than `most` bytes and one row.
    pub(in crate::store) async fn rows(
        &self,
        question: &Question,
        part: Part,
        asked: Asked,
        most: usize,
    ) -> Result<Option<Vec<Line>>, StoreError> {
        let query = Query::new(part, asked)?;
        let read = self.readers.read(Source::Replica, &Few { query, question, most }).await;
        read.map_err(|failed| failed.told(|error| failure::of_question(error, question)))
    }
}

/// All rows of a text.
pub(super) struct Text<'t> {
    pub(super) text: &'t Arc<str>,
    pub(super) binds: &'t [Bind],
}

impl Read for Text<'_> {
    type Answer = Vec<PgRow>;

    async fn read(&self, reader: &mut Reader) -> Result<Vec<PgRow>, Failed> {
        let query = sqlx::query_with(AssertSqlSafe(self.text.clone()), bind::arguments(self.binds)?);
        let rows = query.fetch_all(&mut **reader).await?;
        reader.settle();
        Ok(rows)
    }
}

/// All rows of a query, if they are few.
struct Few<'q> {
    query: Query,
    question: &'q Question,
    most: usize,
}

impl Read for Few<'_> {
    type Answer = Option<Vec<Line>>;

    async fn read(&self, reader: &mut Reader) -> Result<Option<Vec<Line>>, Failed> {
        let rows = fetch::all(self.query.rows(reader, self.question)?, self.most).await?;
        if rows.is_some() {
            reader.settle();
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
        connection: &'c mut PgConnection,
        question: &'c Question,
    ) -> Result<impl Stream<Item = Result<Line, Failed>> + Unpin + Send + 'c, sqlx::Error> {
        let part = self.part;
        let query = sqlx::query_with(AssertSqlSafe(self.statement.text.clone()), bind::arguments(&self.binds)?);
        Ok(query.persistent(self.statement.kept).fetch(connection).map(move |row| {
            let row = row?;
            fetch::line(question, part, |ty, position| bind::read(ty, &row, position))
        }))
    }
}
