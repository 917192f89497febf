//! The operations as typed calls, for Rust callers.

use std::future::Future;

use futures_util::future::BoxFuture;

use super::App;
use crate::error::{Error, Result};
use crate::query::{Defined, Record, Select, read};
use crate::schema::TableDef;
use crate::store::store_error;
use crate::table::{Handle, Values};
use crate::value::{Row, Value};

/// A table's struct. Implemented by `#[derive(Table)]`.
///
/// The operations run in tasks of their own: dropping the future does not cut a write in two.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a table",
    label = "not a table",
    note = "derive `pxt::Table` for it"
)]
pub trait Table: Record + Defined {
    /// The definition: [`Defined::TABLE`] by its public name.
    const DEF: &'static TableDef = Self::TABLE;
    /// The type of the primary key: the column's type, or a tuple in the order of the fields.
    type Key: Send + 'static;
    /// What a caller supplies for a new row.
    type New: Send + 'static;
    /// What a caller changes in a row.
    type Changes: Send + 'static;

    #[doc(hidden)]
    fn new_values(new: Self::New) -> Vec<Option<Value>>;

    #[doc(hidden)]
    fn change_values(changes: Self::Changes) -> Vec<(usize, Value)>;

    #[doc(hidden)]
    fn key_values(key: Self::Key) -> Vec<Value>;

    /// A query over the rows, at first all of them.
    fn select() -> Select<Self> {
        Select::all()
    }

    /// Stores a row and returns it whole, with its computed columns.
    ///
    /// # Errors
    /// 409 for a duplicate primary key, 422 for a value that no database holds or a function that fails; see
    /// [`Error::status`].
    fn insert(app: &App, new: Self::New) -> impl Future<Output = Result<Self>> + Send {
        let app = app.clone();
        in_task(async move {
            let table = app.tables().table(Self::DEF.name)?.clone();
            insert(&app, &table, Self::new_values(new)).await.and_then(from_row)
        })
    }

    /// Changes the row with this key, computes what follows, and returns the row whole. None when there is no such row.
    ///
    /// # Errors
    /// As for [`insert`](Self::insert); 500 `unreadable_row`, with nothing changed, when a value of the row that is neither
    /// given nor computed anew is not of its column's type.
    fn update(app: &App, key: Self::Key, changes: Self::Changes) -> impl Future<Output = Result<Option<Self>>> + Send {
        let app = app.clone();
        in_task(async move {
            let table = app.tables().table(Self::DEF.name)?.clone();
            let row = update(&app, &table, Self::key_values(key), Self::change_values(changes)).await?;
            row.map(|(row, _)| from_row(row)).transpose()
        })
    }

    /// Changes the row with this key by what `change` makes of it, computes what follows, and returns the row whole. None
    /// when there is no such row.
    ///
    /// `change` is called again with the row anew when somebody wrote it in between, so that no change is lost, however many
    /// callers and nodes there are. An error of it changes nothing and is returned.
    ///
    /// `Stock::update_with(&app, item, |stock| Ok(StockChanges { left: Some(stock.left - 1) }))`.
    ///
    /// # Errors
    /// As for [`insert`](Self::insert); 503 when others keep changing the row.
    fn update_with(
        app: &App,
        key: Self::Key,
        change: impl Fn(Self) -> Result<Self::Changes> + Send + Sync + 'static,
    ) -> impl Future<Output = Result<Option<Self>>> + Send {
        let app = app.clone();
        in_task(async move {
            let table = app.tables().table(Self::DEF.name)?.clone();
            let change = move |row| Ok(Self::change_values(change(from_row(row)?)?));
            let row = update_with(&app, &table, Self::key_values(key), &change).await?;
            row.map(|(row, _)| from_row(row)).transpose()
        })
    }

    /// The row with this key.
    ///
    /// # Errors
    /// 503 when the database is not to be had; 500 `unreadable_row` when a value of the row is not of its column's type.
    fn get(app: &App, key: Self::Key) -> impl Future<Output = Result<Option<Self>>> + Send {
        async move {
            let tables = app.tables();
            tables.get(tables.table(Self::DEF.name)?, Self::key_values(key)).await?.map(from_row).transpose()
        }
    }

    /// The failures that `on_error = ignore` left in the row with this key: column and message. None when there is no
    /// such row.
    ///
    /// # Errors
    /// 503 when the database is not to be had.
    fn failures(app: &App, key: Self::Key) -> impl Future<Output = Result<Option<Vec<(String, String)>>>> + Send {
        async move { app.tables().failures(app.tables().table(Self::DEF.name)?, Self::key_values(key)).await }
    }

    /// Deletes the row with this key. False when there is none.
    ///
    /// # Errors
    /// 503 when the database is not to be had.
    fn delete(app: &App, key: Self::Key) -> impl Future<Output = Result<bool>> + Send {
        let app = app.clone();
        in_task(async move {
            let table = app.tables().table(Self::DEF.name)?.clone();
            let tables = app.tables();
            tables.delete(tables.store(), &table, Self::key_values(key)).await
        })
    }
}

/// The key of a table without a primary key: there is none, so its rows cannot be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoKey {}

/// The struct of a row.
fn from_row<T: Table>(row: Row) -> Result<T> {
    let key: Vec<usize> = T::DEF.key().collect();
    read(row, &key, |position| (T::DEF.name, T::DEF.columns[position].name)).map_err(store_error)
}

/// In boxes that this crate makes: an application's own crate would lay out the whole of such a future, which is deeper than
/// the compiler goes there.
type Boxed<'a, T> = BoxFuture<'a, Result<T>>;

fn insert<'a>(app: &'a App, table: &'a Handle, given: Vec<Option<Value>>) -> Boxed<'a, Row> {
    let tables = app.tables();
    Box::pin(tables.insert(tables.store(), table, given))
}

fn update<'a>(app: &'a App, table: &'a Handle, key: Vec<Value>, changes: Values) -> Boxed<'a, Option<(Row, i64)>> {
    Box::pin(async {
        // All columns are the row's in Rust.
        let answered: Vec<usize> = (0..table.def.columns.len()).collect();
        let tables = app.tables();
        tables.update(tables.store(), table, key, changes, None, &answered).await
    })
}

fn update_with<'a>(
    app: &'a App,
    table: &'a Handle,
    key: Vec<Value>,
    change: &'a (dyn Fn(Row) -> Result<Values> + Send + Sync),
) -> Boxed<'a, Option<(Row, i64)>> {
    Box::pin(app.tables().update_with(table, key, change))
}

async fn in_task<T: Send + 'static>(operation: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    tokio::spawn(operation).await.unwrap_or_else(|error| Err(Error::internal(error)))
}
