//! Running a query from Rust.

use futures_util::{Stream, TryStreamExt, stream};

use super::{FromRow, Select};
use crate::compute::Arguments;
use crate::error::{Error, Result};
use crate::schema::ColumnType;
use crate::store::{self, Expression, Output, Page, RowStream};
use crate::table::{App, store_error};
use crate::value::{Row, Value};

impl<S, R: FromRow> Select<S, R> {
    /// All rows, in memory; [`stream`](Self::stream) reads them one after the other. Their files are readable.
    ///
    /// # Errors
    /// 500 for a query that cannot be asked, 409 when the database is not at the schema, 503 when it is busy.
    pub async fn fetch(self, app: &App) -> Result<Vec<R>> {
        let (mut rows, mut list) = (open(app, &self.into_plain()?).await?, Vec::new());
        while let Some(row) = next(&mut rows).await? {
            list.push(read(app, row)?);
        }
        Ok(list)
    }

    /// The only row.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch); 404 when there is no row, 409 when there are several.
    pub async fn fetch_one(self, app: &App) -> Result<R> {
        self.fetch_optional(app).await?.ok_or_else(no_row)
    }

    /// The only row, if there is one.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch); 409 when there are several.
    pub async fn fetch_optional(self, app: &App) -> Result<Option<R>> {
        let mut plain = self.into_plain()?;
        plain.limit = Some(plain.limit.unwrap_or(2).min(2));
        let mut rows = open(app, &plain).await?;
        let Some(row) = next(&mut rows).await? else { return Ok(None) };
        match next(&mut rows).await? {
            None => read(app, row).map(Some),
            Some(_) => Err(several_rows()),
        }
    }

    /// The rows one after the other, so that any number of them needs little memory. What is not read in time is lost: a stream
    /// holds a connection to the database.
    ///
    /// # Errors
    /// Each item may be the error that ends the stream, as [`fetch`](Self::fetch).
    pub fn stream(self, app: &App) -> impl Stream<Item = Result<R>> + Send + use<S, R> {
        let app = app.clone();
        let plain = self.into_plain();
        let opened = async move {
            let rows = open(&app, &plain?).await?;
            Ok::<_, Error>(stream::try_unfold((app, rows), async |(app, mut rows)| match next(&mut rows).await? {
                None => Ok(None),
                Some(row) => Ok(Some((read(&app, row)?, (app, rows)))),
            }))
        };
        stream::once(opened).try_flatten()
    }

    /// How many rows [`fetch`](Self::fetch) would return.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub async fn count(&self, app: &App) -> Result<u64> {
        let mut plain = self.clone().into_plain()?;
        if plain.is_grouped() {
            return count_groups(app, &plain).await;
        }
        let (limit, offset) = (plain.limit.take(), std::mem::take(&mut plain.offset));
        plain.order_by.clear();
        plain.outputs = vec![Output { name: "count".into(), expression: Expression::CountRows, ty: ColumnType::Int }];
        let mut rows = open(app, &plain).await?;
        let total = match next(&mut rows).await?.as_deref() {
            Some([Value::Int(total)]) => u64::try_from(*total).unwrap_or(0),
            _ => return Err(Error::internal("a count is not a number")),
        };
        Ok(total.saturating_sub(offset).min(limit.unwrap_or(u64::MAX)))
    }
}

/// The number of groups, met one after the other.
async fn count_groups(app: &App, select: &store::Select) -> Result<u64> {
    let (mut rows, mut count) = (open(app, select).await?, 0);
    while next(&mut rows).await?.is_some() {
        count += 1;
    }
    Ok(count)
}

async fn open(app: &App, select: &store::Select) -> Result<RowStream> {
    app.store().select(select, Page::all()).await.map_err(store_error)
}

async fn next(rows: &mut RowStream) -> Result<Option<Row>> {
    rows.next().await.map_err(store_error)
}

fn read<R: FromRow>(app: &App, row: Row) -> Result<R> {
    R::from_row(Arguments::new(app.attach(row))).map_err(Error::internal)
}

pub(crate) fn no_row() -> Error {
    Error::new(404, "row_not_found", "there is no such row")
}

pub(crate) fn several_rows() -> Error {
    Error::new(409, "several_rows", "there are several such rows, where one was asked for")
}
