//! Queries as SQL text, for what typed queries do not say. They read; no text can write.

use std::borrow::Cow;

use futures_util::future::BoxFuture;

use super::App;
use super::fetch::{no_row, several_rows};
use crate::compute::Arguments;
use crate::error::{Error, Result};
use crate::query::{FromRow, Record, RowField};
use crate::schema::ColumnType;
use crate::store::{StoreError, store_error};
use crate::value::{ColumnValue, Row, Value};

/// A query as SQL text with its values, begun by [`App::sql`].
#[must_use = "a query is only run by `fetch` and its neighbours"]
pub struct Sql<'a> {
    app: &'a App,
    text: Cow<'a, str>,
    values: Vec<Value>,
}

/// A value that takes the place of a parameter of an SQL text.
#[diagnostic::on_unimplemented(
    message = "an SQL text cannot be given a `{Self}`",
    label = "not a column's type",
    note = "bind `&str` or a value of a column's type, such as `String`, `i64` or `Option<Uuid>`"
)]
pub trait Bind {
    #[doc(hidden)]
    fn into_bound(self) -> Value;
}

#[diagnostic::do_not_recommend]
impl<V: ColumnValue> Bind for V {
    fn into_bound(self) -> Value {
        self.into_value()
    }
}

#[diagnostic::do_not_recommend]
impl Bind for &str {
    fn into_bound(self) -> Value {
        Value::String(self.to_owned())
    }
}

impl App {
    /// A query in the database's SQL: `app.sql(r#"SELECT id, title FROM "films.posters" WHERE score > $1"#).bind(0.5)`.
    ///
    /// A table's name in the database is its full name in quotes. Values take the places of `$1`, `$2` and so on (SQLite
    /// reads `?` too); they are never part of the text. One text is one statement, and it only reads.
    pub fn sql<'a>(&'a self, text: impl Into<Cow<'a, str>>) -> Sql<'a> {
        Sql { app: self, text: text.into(), values: Vec::new() }
    }
}

impl Sql<'_> {
    /// Adds the value of the next parameter.
    pub fn bind(mut self, value: impl Bind) -> Self {
        self.values.push(value.into_bound());
        self
    }

    /// All rows, in memory. A record's fields are read from the columns of their names; other columns are not looked at. Files are
    /// readable.
    ///
    /// # Errors
    /// 500 when the text is not a query of the database, lacks a column, or answers with a value of another type.
    pub async fn fetch<R: Record>(self) -> Result<Vec<R>> {
        let fields = R::fields();
        self.rows(&fields).await
    }

    /// The only row.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch); 404 when there is no row, 409 when there are several.
    pub async fn fetch_one<R: Record>(self) -> Result<R> {
        self.fetch_optional().await?.ok_or_else(no_row)
    }

    /// The only row, if there is one.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch); 409 when there are several.
    pub async fn fetch_optional<R: Record>(self) -> Result<Option<R>> {
        let mut rows = self.fetch().await?;
        if rows.len() > 1 { Err(several_rows()) } else { Ok(rows.pop()) }
    }

    /// The values of the only column: `app.sql("SELECT count(*) FROM …").fetch_scalars::<i64>()`.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub async fn fetch_scalars<V: ColumnValue + FromRow>(self) -> Result<Vec<V>> {
        self.rows(&[RowField::scalar::<V>()]).await
    }

    async fn rows<R: FromRow>(self, fields: &[RowField]) -> Result<Vec<R>> {
        let columns = fields.iter().filter_map(|field| Some((&*field.name, field.shape.ty?)));
        let wanted: Vec<(&str, ColumnType)> = columns.collect();
        let rows = answered(self.app, &self.text, self.values, &wanted).await.map_err(store_error)?;
        rows.into_iter().map(|row| read(self.app, row, fields)).collect()
    }
}

/// In a box, made by a function that is neither async nor generic: so it is compiled here, and not again for each type of rows.
fn answered<'a>(
    app: &'a App,
    text: &'a str,
    values: Vec<Value>,
    wanted: &'a [(&'a str, ColumnType)],
) -> BoxFuture<'a, std::result::Result<Vec<Row>, StoreError>> {
    Box::pin(app.tables().store().sql(text, values, wanted))
}

fn read<R: FromRow>(app: &App, row: Row, fields: &[RowField]) -> Result<R> {
    let null = row.iter().zip(fields).find(|(value, field)| value.is_null() && !field.shape.nullable);
    if let Some((_, field)) = null {
        let name = if field.name.is_empty() { "the value".to_owned() } else { format!("column `{}`", field.name) };
        return Err(Error::internal(format!("{name} of an SQL query is null in a row: read it as an `Option`")));
    }
    R::from_row(&mut Arguments::new(app.tables().attach(row))).map_err(Error::internal)
}
