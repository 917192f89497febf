//! The database of a store: which one it is follows from the URL, and every operation is passed on to it.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::catalog::{Definition, Pending, Snapshot};
use super::location::is_postgres;
use super::named::{Described, Found, Refused, Window};
use super::plan::{Defaults, Plan};
#[cfg(feature = "postgres")]
use super::postgres;
use super::question::{Asked, Ending, Part, Question};
use super::rows::Opened;
use super::script::Answered;
use super::sql::Dialect;
#[cfg(feature = "sqlite")]
use super::sqlite;
use super::together::{Member, Together};
use super::turns::Turn;
use super::unreadable::Line;
use super::{Cursor, Limits, StoreError, Stored, TableStatements};
use crate::schema::{ColumnType, Schema, TableDef};
use crate::value::{Row, Value};

/// An open database.
#[derive(Debug)]
pub(super) enum Database {
    #[cfg(feature = "sqlite")]
    Sqlite(Box<sqlite::Database>),
    #[cfg(feature = "postgres")]
    Postgres(Box<postgres::Database>),
}

/// What is said of a database that is not built in.
#[cfg(not(all(feature = "sqlite", feature = "postgres")))]
fn missing(database: &str, feature: &str) -> StoreError {
    StoreError::Url(format!("a {database} database needs the feature `{feature}` of pxt: add it in Cargo.toml"))
}

/// Whether these may be a database and its replica, before anything is made or asked.
///
/// # Errors
/// [`StoreError::Url`] with what to write.
pub(crate) fn judge(url: &str, read_url: Option<&str>) -> Result<(), StoreError> {
    if is_postgres(url) {
        if read_url.is_some_and(|url| !is_postgres(url)) {
            let text = "`read_url` is not a URL of a PostgreSQL database: write `postgres://user:password@host/name`";
            return Err(StoreError::Url(text.to_owned()));
        }
        #[cfg(feature = "postgres")]
        return [Some(url), read_url].into_iter().flatten().try_for_each(postgres::judge);
        #[cfg(not(feature = "postgres"))]
        Err(missing("PostgreSQL", "postgres"))
    } else if read_url.is_some() {
        Err(StoreError::Url("a SQLite database has no replicas: leave `read_url` out".to_owned()))
    } else {
        #[cfg(feature = "sqlite")]
        return sqlite::judge(url);
        #[cfg(not(feature = "sqlite"))]
        Err(missing("SQLite", "sqlite"))
    }
}

/// Whether there is such a database: a file that could be made is not there yet; what is behind a server is taken to be there.
pub(crate) fn exists(url: &str) -> bool {
    if is_postgres(url) {
        return true;
    }
    #[cfg(feature = "sqlite")]
    return sqlite::exists(url);
    #[cfg(not(feature = "sqlite"))]
    true
}

/// Looks at what passes [`judge`] and [`exists`]: what it holds, and which of the tables a start would adopt.
pub(super) async fn look(
    url: &str,
    read_url: Option<&str>,
    limits: Limits,
    tables: &[&'static TableDef],
) -> Result<(Snapshot, Vec<(&'static TableDef, Definition)>), StoreError> {
    judge(url, read_url)?;
    #[cfg(feature = "sqlite")]
    if !is_postgres(url) {
        return sqlite::look(url, limits.wait, tables).await;
    }
    #[cfg(feature = "postgres")]
    {
        let database = postgres::Database::open(url, read_url, limits).await?;
        let look = database.look(tables).await;
        database.close().await;
        look
    }
    #[cfg(not(feature = "postgres"))]
    Err(missing("PostgreSQL", "postgres"))
}

/// Makes the tables of a SQLite file in a new one, without their rows. Nothing is made of what is behind a server, or not there.
///
/// # Errors
/// Those of opening and reading.
#[cfg_attr(not(feature = "sqlite"), expect(unused_variables, reason = "no file is a database then"))]
pub(crate) async fn copy(url: &str, to: &Path) -> Result<(), StoreError> {
    #[cfg(feature = "sqlite")]
    if !is_postgres(url) && exists(url) {
        return sqlite::copy(url, to, Limits::default().wait).await;
    }
    Ok(())
}

/// Whether a file may be written, or made. What is behind a server is found out by a start.
///
/// # Errors
/// [`StoreError::NotWritable`] and [`StoreError::Folder`].
#[cfg_attr(not(feature = "sqlite"), expect(unused_variables, reason = "no file is a database then"))]
pub(crate) fn writable(url: &str) -> Result<(), StoreError> {
    #[cfg(feature = "sqlite")]
    if !is_postgres(url) {
        return sqlite::writable(url);
    }
    Ok(())
}

/// Passes a call on to whichever database it is.
macro_rules! each {
    ($this:expr, $database:ident => $call:expr) => {
        match *$this {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(ref $database) => $call,
            #[cfg(feature = "postgres")]
            Database::Postgres(ref $database) => $call,
        }
    };
}

impl Database {
    /// Opens what passes [`judge`].
    pub(super) async fn open(url: &str, read_url: Option<&str>, limits: Limits) -> Result<Self, StoreError> {
        judge(url, read_url)?;
        if is_postgres(url) {
            #[cfg(feature = "postgres")]
            return postgres::Database::open(url, read_url, limits)
                .await
                .map(|database| Self::Postgres(Box::new(database)));
            #[cfg(not(feature = "postgres"))]
            Err(missing("PostgreSQL", "postgres"))
        } else {
            #[cfg(feature = "sqlite")]
            return sqlite::Database::open(url, limits).await.map(|database| Self::Sqlite(Box::new(database)));
            #[cfg(not(feature = "sqlite"))]
            Err(missing("SQLite", "sqlite"))
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Looks whether the database is still the one that was opened.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        each!(self, database => database.check())
    }

    pub(super) async fn insert(
        &self,
        table: &Arc<TableStatements>,
        row: Row,
        errors: Option<String>,
    ) -> Result<Option<i64>, StoreError> {
        each!(self, database => database.insert(table, row, errors).await)
    }

    pub(super) async fn update(
        &self,
        table: &Arc<TableStatements>,
        identity: Vec<Value>,
        version: i64,
        changes: Vec<(usize, Value)>,
        errors: Option<String>,
    ) -> Result<bool, StoreError> {
        each!(self, database => database.update(table, identity, version, changes, errors).await)
    }

    pub(super) async fn delete(&self, table: &Arc<TableStatements>, key: Vec<Value>) -> Result<bool, StoreError> {
        each!(self, database => database.delete(table, key).await)
    }

    pub(super) async fn delete_where(
        &self,
        table: &Arc<TableStatements>,
        columns: Vec<(usize, Value)>,
        version: Option<i64>,
    ) -> Result<u64, StoreError> {
        each!(self, database => database.delete_where(table, columns, version).await)
    }

    pub(super) async fn together(&self, members: Vec<Member>) -> Result<Together, StoreError> {
        each!(self, database => database.together(members).await)
    }

    pub(super) async fn get(&self, table: &TableStatements, key: Vec<Value>) -> Result<Option<Stored>, StoreError> {
        each!(self, database => database.get(table, key).await)
    }

    pub(super) async fn find(
        &self,
        table: &Arc<TableStatements>,
        key: Vec<Value>,
    ) -> Result<Option<(Row, i64)>, StoreError> {
        each!(self, database => database.find(table, key).await)
    }

    pub(super) async fn scan(
        &self,
        table: &TableStatements,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Vec<(Cursor, Stored)>, StoreError> {
        each!(self, database => database.scan(table, after, limit).await)
    }

    pub(super) async fn referenced(
        &self,
        table: &TableStatements,
        keys: &[String],
    ) -> Result<HashSet<String>, StoreError> {
        each!(self, database => database.referenced(table, keys).await)
    }

    pub(super) async fn count(&self, table: &TableStatements) -> Result<u64, StoreError> {
        each!(self, database => database.count(table).await)
    }

    /// All rows of a part. None when they take more memory than `most` bytes and one row.
    pub(super) async fn rows(
        &self,
        question: &Question,
        part: Part,
        asked: Asked,
        most: usize,
    ) -> Result<Option<Vec<Line>>, StoreError> {
        each!(self, database => database.rows(question, part, asked, most).await)
    }

    /// The right to read a long answer, if it can be had at once.
    pub(super) fn turn(&self) -> Option<Turn> {
        each!(self, database => database.turn())
    }

    /// Starts to read a long answer: first the end of the page, if it is asked for, then the rows.
    pub(super) async fn stream(
        &self,
        turn: Option<Turn>,
        question: &Arc<Question>,
        ending: Option<(Ending, Asked)>,
        rows: Asked,
    ) -> Result<Opened, StoreError> {
        each!(self, database => database.stream(turn, question, ending, rows).await)
    }

    /// All rows of a text of a program's own: of each, the columns of these names.
    pub(super) async fn sql(
        &self,
        text: &str,
        values: Vec<Value>,
        columns: &[(&str, ColumnType)],
    ) -> Result<Vec<Answered>, StoreError> {
        each!(self, database => database.sql(text, values, columns).await)
    }

    /// The same, from where rows are written.
    pub(super) async fn sql_now(
        &self,
        text: &str,
        values: Vec<Value>,
        columns: &[(&str, ColumnType)],
    ) -> Result<Vec<Answered>, StoreError> {
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(ref database) => database.sql(text, values, columns).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(ref database) => database.sql_of(postgres::Source::Primary, text, values, columns).await,
        }
    }

    /// What the columns of a statement are. Prepares it where it can only be read, and does not run it.
    pub(super) async fn describe(&self, text: &str, parameters: &[ColumnType]) -> Result<Found, Refused> {
        each!(self, database => database.describe(text, parameters).await)
    }

    /// Whether the statement around a text can be read: asks it for no rows.
    pub(super) async fn attempt(&self, text: &Arc<str>, parameters: &[ColumnType]) -> Result<(), Refused> {
        each!(self, database => database.attempt(text, parameters).await)
    }

    /// Whether values of a type that the database has a number for are read as ones of a column.
    #[cfg_attr(not(feature = "postgres"), allow(unused_variables, reason = "types have no numbers in SQLite"))]
    pub(super) fn reads(&self, ty: ColumnType, number: u32) -> bool {
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => true,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => postgres::reads(ty, number),
        }
    }

    /// Rows of a described statement. None when they take more memory than `most` bytes and one row.
    pub(super) async fn named_rows(
        &self,
        described: &Described,
        values: &[Value],
        window: Window,
        most: usize,
    ) -> Result<Option<Vec<Line>>, StoreError> {
        each!(self, database => database.named_rows(described, values, window, most).await)
    }

    /// Starts to read a long answer to a described statement: first the end of the page, if it is asked for, then the rows.
    pub(super) async fn named_stream(
        &self,
        turn: Option<Turn>,
        described: &Arc<Described>,
        values: Vec<Value>,
        ending: Option<(Ending, Window)>,
        rows: Window,
    ) -> Result<Opened, StoreError> {
        each!(self, database => database.named_stream(turn, described, values, ending, rows).await)
    }

    /// Runs a text of pxt's own that writes: of each row that it returns, columns of these types.
    pub(super) async fn change(
        &self,
        text: &str,
        values: Vec<Value>,
        columns: &[(&str, ColumnType)],
    ) -> Result<Vec<Answered>, StoreError> {
        each!(self, database => database.change(text, values, columns).await)
    }

    /// The database's clock, in microseconds since 1970.
    pub(super) async fn now(&self) -> Result<i64, StoreError> {
        each!(self, database => database.now().await)
    }

    /// The same database by connections of its own.
    pub(super) async fn reopen(&self, limits: Limits) -> Result<Self, StoreError> {
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(ref database) => {
                database.reopen(limits).await.map(|database| Self::Sqlite(Box::new(database)))
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(ref database) => Ok(Self::Postgres(Box::new(database.reopen(limits)))),
        }
    }

    /// What the catalog and the database hold.
    pub(super) async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        each!(self, database => database.snapshot().await)
    }

    /// The versions of the tables in the catalog.
    pub(super) async fn versions(&self) -> Result<HashMap<String, i64>, StoreError> {
        each!(self, database => database.versions().await)
    }

    /// Compares again under the database's own lock, then applies everything in one transaction.
    pub(super) async fn migrate(&self, schema: &'static Schema, defaults: Defaults) -> Result<Plan, StoreError> {
        each!(self, database => database.migrate(schema, defaults).await)
    }

    /// Takes tables into the catalog that pxt did not make. Answers those that were not in it before.
    pub(super) async fn adopt(&self, tables: &[&'static TableDef]) -> Result<Vec<&'static TableDef>, StoreError> {
        each!(self, database => database.adopt(tables).await)
    }

    /// Changes what the catalog says of a table's backfill.
    pub(super) async fn edit_backfill(
        &self,
        table: Arc<TableStatements>,
        edit: impl FnOnce(&mut Pending) + Send + 'static,
    ) -> Result<(), StoreError> {
        each!(self, database => database.edit_backfill(table, edit).await)
    }

    /// Writes what waits, and closes all connections.
    pub(super) async fn close(&self) {
        each!(self, database => database.close().await);
    }
}
