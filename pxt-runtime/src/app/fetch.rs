//! Running a query from Rust.

use futures_util::future::BoxFuture;
use futures_util::{Stream, TryStreamExt, stream};

use super::App;
use crate::error::{Error, Result};
use crate::query::{FromRow, Select, read};
use crate::schema::ColumnType;
use crate::store::{self, Expression, Output, Page, Place, RowStream, StoreError, store_error};
use crate::value::{Row, Value};

impl<S, R: FromRow> Select<S, R> {
    /// All rows, in memory; [`stream`](Self::stream) reads them one after the other. Their files are readable. A row that
    /// cannot be read, since a value of it is not of its column's type, is left out, and the log names it.
    ///
    /// # Errors
    /// 500 for a query that cannot be asked, 409 when the database is not at the schema, 503 when it is busy.
    pub async fn fetch(self, app: &App) -> Result<Vec<R>> {
        let plain = self.into_plain()?;
        let (mut rows, reader, mut list) = (open(app, &plain).await?, Reader::of(app, &plain), Vec::new());
        while let Some(row) = reader.next_readable(&mut rows).await? {
            list.push(row);
        }
        Ok(list)
    }

    /// The only row.
    ///
    /// # Errors
    /// As [`fetch_optional`](Self::fetch_optional); 404 when there is no row.
    pub async fn fetch_one(self, app: &App) -> Result<R> {
        self.fetch_optional(app).await?.ok_or_else(no_row)
    }

    /// The only row, if there is one.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch); 409 when there are several, 500 `unreadable_row` when it cannot be read.
    pub async fn fetch_optional(self, app: &App) -> Result<Option<R>> {
        let mut plain = self.into_plain()?;
        plain.limit = Some(plain.limit.unwrap_or(2).min(2));
        let mut rows = open(app, &plain).await?;
        let Some(row) = next(&mut rows).await? else { return Ok(None) };
        match next(&mut rows).await? {
            None => Reader::of(app, &plain).read(row).map(Some).map_err(store_error),
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
            let plain = plain?;
            let (rows, reader) = (open(&app, &plain).await?, Reader::of(&app, &plain));
            Ok::<_, Error>(stream::try_unfold((reader, rows), async |(reader, mut rows)| {
                Ok(reader.next_readable(&mut rows).await?.map(|row| (row, (reader, rows))))
            }))
        };
        stream::once(opened).try_flatten()
    }

    /// How many rows [`fetch`](Self::fetch) would return, could it read them all.
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
    loop {
        match rows.next().await {
            Ok(None) => return Ok(count),
            Ok(Some(_)) | Err(StoreError::Unreadable(_)) => count += 1,
            Err(error) => return Err(store_error(error)),
        }
    }
}

/// In a box, made by a function that is neither async nor generic: so it is compiled here, and not again for each type of rows.
fn open<'a>(app: &'a App, select: &'a store::Select) -> BoxFuture<'a, Result<RowStream>> {
    Box::pin(async move { app.tables().store().select(select, Page::all()).await.map_err(store_error) })
}

async fn next(rows: &mut RowStream) -> Result<Option<Row>> {
    rows.next().await.map_err(store_error)
}

/// Makes Rust values of the rows of a select.
struct Reader {
    app: App,
    /// Table and column of each value.
    origins: Vec<(&'static str, &'static str)>,
    /// Positions of the values that are part of the first table's key.
    key: Vec<usize>,
}

impl Reader {
    fn of(app: &App, select: &store::Select) -> Self {
        let place =
            |output: &Output| if let Expression::Column(place) = output.expression { Some(place) } else { None };
        let places: Vec<_> = select.outputs.iter().map(place).collect();
        let origin = |place: &Option<Place>| place.map_or((select.table.name, "*"), |p| (p.table.name, p.def().name));
        let is_key = |place: Place| std::ptr::eq(place.table, select.table) && place.def().primary_key;
        let key = places.iter().enumerate().filter(|(_, place)| place.is_some_and(is_key));
        Self {
            app: app.clone(),
            origins: places.iter().map(origin).collect(),
            key: key.map(|(position, _)| position).collect(),
        }
    }

    fn read<R: FromRow>(&self, row: Row) -> Result<R, StoreError> {
        let origin = |position: usize| self.origins.get(position).copied().unwrap_or_default();
        read(self.app.tables().attach(row), &self.key, origin)
    }

    /// The next row that can be read. The log names those that cannot.
    async fn next_readable<R: FromRow>(&self, rows: &mut RowStream) -> Result<Option<R>> {
        while let Some(row) = rows.next_readable().await.map_err(store_error)? {
            match self.read(row) {
                Ok(row) => return Ok(Some(row)),
                Err(StoreError::Unreadable(cell)) => cell.log_left_out(),
                Err(error) => return Err(store_error(error)),
            }
        }
        Ok(None)
    }
}

pub(super) fn no_row() -> Error {
    Error::new(404, "row_not_found", "there is no such row")
}

pub(super) fn several_rows() -> Error {
    Error::new(409, "several_rows", "there are several such rows, where one was asked for")
}
