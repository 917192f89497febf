//! The rows of an SQL text: a page of them, or the only one. Where a page begins is told by the number of rows before it.

use super::rows::next;
use super::{Asking, by_target, one};
use crate::error::{Error, Result};
use crate::route::action::SqlAction;
use crate::route::answer::{Answer, Json, RowWriter};
use crate::route::fields::Input;
use crate::store::{Described, RowStream, Rows, StoreError, store_error};
use crate::value::Value;

impl Asking<'_> {
    /// Answers with the rows of a text.
    pub(super) async fn sql(&self, sql: &SqlAction, input: Input) -> Result<Answer> {
        let described = sql.described.as_ref().ok_or_else(|| Error::internal("the routes were not prepared"))?;
        let given = by_target(sql.defaults.len(), &self.endpoint.fields, input);
        let values = given.into_iter().zip(&sql.defaults);
        let values = values.map(|(value, default)| value.unwrap_or_else(|| default.clone())).collect();
        let (app, action) = (&self.endpoint.app, self.action);
        let rows = match action.one_row {
            true => Rows { passed: 0, most: 2, bytes: None },
            false => Rows { passed: self.passed()?, most: action.most, bytes: Some(app.settings().max_page) },
        };
        let rows = app.tables().store().named(described, values, rows).await.map_err(store_error)?;
        let writer = RowWriter::of_fields(app.tables(), described.columns.iter().map(|column| &*column.name));
        if action.one_row {
            return self.only(described, rows, &writer).await;
        }
        let next = rows.further().map(|cursor| next(self, cursor));
        Answer::of_rows(rows, writer, next).await
    }

    /// How many rows come before the page.
    fn passed(&self) -> Result<u64> {
        let Some(cursor) = &self.cursor else { return Ok(0) };
        let is_number = !cursor.is_empty() && cursor.bytes().all(|byte| byte.is_ascii_digit());
        let passed = cursor.parse::<i64>().ok().filter(|_| is_number).and_then(|passed| u64::try_from(passed).ok());
        passed.ok_or_else(|| store_error(StoreError::BadCursor))
    }

    /// The only row, or the file in it.
    async fn only(&self, described: &Described, mut rows: RowStream, writer: &RowWriter) -> Result<Answer> {
        let mut found = Vec::with_capacity(2);
        while let Some(row) = rows.next().await.map_err(store_error)? {
            found.push(row);
        }
        let row = one(found.into_iter())?;
        if self.action.file {
            let media = described.columns.iter().position(|column| column.ty.is_some_and(|ty| ty.is_media()));
            let file = media.and_then(|position| row.into_iter().nth(position));
            return Ok(Answer::File(file.unwrap_or(Value::Null)));
        }
        let mut body = Vec::with_capacity(256);
        writer.write(row, &mut body)?;
        Ok(Answer::Json(Json::new(body)))
    }
}
