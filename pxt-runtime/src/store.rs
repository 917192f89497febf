//! Rows in a database: typed operations over declared tables, the catalog, and migrations.
//!
//! [`Store`] knows no dialect. Texts that dialects share are in `sql`, the comparison of schema and database in `plan`;
//! what is one database's own is under `sqlite` and `postgres`, and `database` chooses between them by the URL.

mod catalog;
mod cursor;
#[cfg_attr(
    not(any(feature = "postgres", feature = "sqlite")),
    allow(unused_variables, reason = "where there is no database nothing is passed on")
)]
mod database;
mod drift;
mod error;
mod extents;
mod fetch;
mod fit;
mod introspect;
mod kept;
mod location;
mod long;
mod look;
mod lookups;
mod named;
mod own;
mod pieces;
mod plan;
#[cfg(feature = "postgres")]
mod postgres;
mod question;
mod rows;
mod script;
mod select;
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
mod statements;
mod stored;
mod together;
mod told;
mod turns;
mod unreadable;
mod writes;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;

use self::database::Database;
use self::plan::{Defaults, Plan};
use self::question::Questions;
use self::statements::Tables;
use crate::schema::{ColumnType, Schema, TableDef};
use crate::value::{Row, Value};

pub use cursor::Cursor;
pub(crate) use database::{copy, exists, judge, writable};
pub use drift::{Backfill, Change, ChangeKind, Difference, Drift, Migrated};
pub use error::StoreError;
pub use introspect::{ExistingColumn, ExistingTable};
#[cfg(feature = "cli")]
pub(crate) use location::is_postgres;
pub(crate) use location::{POSTGRES_PARAMETERS, can_be_made, is_scheme, lacks_scheme, shown};
pub(crate) use look::Look;
pub(crate) use named::judge_named;
pub use named::{Described, DescribedColumn, Mistake, Named, Rows, Undescribed};
pub(crate) use own::{EXPORTS, JOB_FILES, JOBS, TARGETS, export, job};
pub use rows::{Page, RowStream};
pub(crate) use script::Answered;
pub(crate) use select::SOUGHT;
pub use select::{Comparison, Condition, Direction, Expression, Join, Output, Place, Select};
pub use statements::TableStatements;
pub(crate) use statements::unopened;
pub use stored::Stored;
pub use together::{Member, Outcome, Together};
pub(crate) use told::store_error;
pub use unreadable::Unreadable;

/// A database. Clones are the same one. Must be opened and used inside a tokio runtime.
#[derive(Debug, Clone)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    database: Database,
    tables: Tables,
    questions: Questions,
    opened: Instant,
    limits: Limits,
    /// When the catalog's versions were last read, in milliseconds after `opened`.
    checked: AtomicU64,
}

/// How much may wait, and for how long.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Writes that wait for the writer.
    queue: usize,
    /// How long a write waits for the queue, for its turn, and for other processes; and a read for a connection.
    wait: Duration,
    /// How old our knowledge of the catalog may become.
    check: Duration,
    /// How long a long answer waits for whoever reads it.
    stall: Duration,
    /// Bytes of values a second that gain as much time as was waited.
    slowest: u64,
    /// How long one statement may take on a database server.
    statement: Duration,
    /// The most connections to a database server.
    connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            queue: 1024,
            wait: Duration::from_secs(5),
            check: Duration::from_secs(1),
            stall: Duration::from_secs(30),
            slowest: 64 << 10,
            statement: Duration::from_secs(30),
            connections: 20,
        }
    }
}

impl Limits {
    /// How long a database server may take for an answer, however it goes: what takes longer will never come.
    fn patience(&self) -> Duration {
        self.statement + self.wait
    }
}

impl Store {
    /// Opens a database, and makes it with its folders when it does not exist.
    ///
    /// `url` is `postgres://user:password@host/name`, `sqlite://path/to.db`, `sqlite:path/to.db` or a path.
    ///
    /// # Errors
    /// [`StoreError::Url`] with what to write, when the URL cannot be used (`:memory:` neither); [`StoreError::Open`] or
    /// [`StoreError::NotWritable`] with the path; [`StoreError::Unreachable`] with the server's address.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_with(url, None, Limits::default()).await
    }

    /// Opens a database that has up to `connections` connections to a server, and as many to the replica at `read_url`, if
    /// there is one: selects, finds, counts and SQL texts are answered there while it can be reached.
    ///
    /// # Errors
    /// As for [`open`](Self::open), and [`StoreError::Url`] for the replica of a database that has none.
    pub async fn open_shared(url: &str, read_url: Option<&str>, connections: usize) -> Result<Self, StoreError> {
        Self::open_with(url, read_url, Limits { connections, ..Limits::default() }).await
    }

    async fn open_with(url: &str, read_url: Option<&str>, limits: Limits) -> Result<Self, StoreError> {
        Ok(Self::of(Database::open(url, read_url, limits).await?, limits))
    }

    fn of(database: Database, limits: Limits) -> Self {
        Self(Arc::new(Inner {
            database,
            tables: Tables::default(),
            questions: Questions::default(),
            opened: Instant::now(),
            limits,
            checked: AtomicU64::new(0),
        }))
    }

    /// Compares the declared tables with the catalog and the database. Changes nothing there. Tables that fit are
    /// written from now on for as long as no other process changes them.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn compare(&self, schema: &'static Schema) -> Result<Drift, StoreError> {
        let plan = self.plan(schema).await?;
        if plan.is_empty() {
            self.0.tables.adopt(plan.versions());
        }
        Ok(plan.into_drift())
    }

    /// Applies the additive differences in one transaction. Several processes may do so at once.
    ///
    /// Rows that exist get, in a new column with a default, the value that `default` gives for table and position.
    /// Computed columns are not computed here: [`Migrated::backfill`] says which ones rows wait for.
    ///
    /// # Errors
    /// [`StoreError::Drift`] with the whole list, and nothing done, when a difference is not additive.
    pub async fn migrate(
        &self,
        schema: &'static Schema,
        default: &(dyn Fn(&'static TableDef, usize) -> Value + Sync),
    ) -> Result<Migrated, StoreError> {
        let mut plan = self.plan(schema).await?;
        if !plan.refused.is_empty() {
            return Err(StoreError::Drift(plan.refused));
        }
        if !plan.is_empty() {
            plan = self.0.database.migrate(schema, defaults(&plan, default)).await?;
        }
        self.0.tables.adopt(plan.versions());
        Ok(Migrated { changes: plan.changes(), backfill: plan.backfill() })
    }

    /// Takes tables into the catalog that pxt did not make, so that they can be declared as they are: in one transaction, and
    /// with the columns that pxt keeps for itself added to them. Columns that only the declaration has are left to
    /// [`migrate`](Self::migrate). A table that the catalog has, or that the database does not, is passed over. Answers the
    /// tables that were adopted.
    ///
    /// # Errors
    /// [`StoreError::Drift`] with the whole list, and nothing done, when a column has another key, takes other nulls, or
    /// does not hold the values that are declared.
    pub async fn adopt(&self, tables: &[&'static TableDef]) -> Result<Vec<&'static TableDef>, StoreError> {
        let snapshot = self.0.database.snapshot().await?;
        let strange =
            |def: &&TableDef| snapshot.physical(def.name).is_some() && !snapshot.entries.contains_key(def.name);
        if tables.iter().any(strange) { self.0.database.adopt(tables).await } else { Ok(Vec::new()) }
    }

    /// All tables of the database, whoever made them, by name. On PostgreSQL, those of the current schema.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn introspect(&self) -> Result<Vec<ExistingTable>, StoreError> {
        let Inner { database, .. } = &*self.0;
        Ok(introspect::tables(&database.snapshot().await?, database.dialect()))
    }

    async fn plan(&self, schema: &'static Schema) -> Result<Plan, StoreError> {
        let Inner { database, .. } = &*self.0;
        Ok(Plan::new(schema, &database.snapshot().await?, database.dialect()))
    }

    /// The statements of a table. The same ones at each call.
    pub fn prepare(&self, def: &'static TableDef) -> Arc<TableStatements> {
        self.0.tables.prepare(self.0.database.dialect(), def)
    }

    /// Inserts a row and waits until it is durable. Answers the number that the database gave, when the table has an
    /// `auto` column (whose slot in `row` is not looked at).
    ///
    /// The row is written even if the caller stops waiting.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`], [`StoreError::Busy`], [`StoreError::SchemaChanged`] (from the moment that another process
    /// changed the table), [`StoreError::Gone`], [`StoreError::Value`] and others.
    pub async fn insert(
        &self,
        table: &Arc<TableStatements>,
        row: Row,
        errors: Option<String>,
    ) -> Result<Option<i64>, StoreError> {
        self.usable(table).await?;
        self.0.database.insert(table, row, errors).await
    }

    /// The row with this primary key, its values in the order of the table, as far as they can be read.
    ///
    /// # Errors
    /// [`StoreError::Arity`] when the key is not one of the table, and others.
    pub async fn get(&self, table: &Arc<TableStatements>, key: Vec<Value>) -> Result<Option<Stored>, StoreError> {
        self.keyed(table)?;
        self.usable(table).await?;
        self.0.database.get(table, key).await
    }

    /// The declared columns of the row with this key, and the row's version.
    ///
    /// # Errors
    /// As for [`get`](Self::get), and [`StoreError::Unreadable`] when one of them cannot be read.
    pub async fn find(&self, table: &Arc<TableStatements>, key: Vec<Value>) -> Result<Option<(Row, i64)>, StoreError> {
        self.keyed(table)?;
        self.usable(table).await?;
        self.0.database.find(table, key).await
    }

    /// Changes columns of a row, by position, and replaces its recorded failures. False when the row is gone or its
    /// version is another.
    ///
    /// # Errors
    /// As for [`insert`](Self::insert), and [`StoreError::Arity`].
    pub async fn update(
        &self,
        table: &Arc<TableStatements>,
        key: Vec<Value>,
        version: i64,
        changes: Vec<(usize, Value)>,
        errors: Option<String>,
    ) -> Result<bool, StoreError> {
        self.keyed(table)?;
        self.usable(table).await?;
        self.0.database.update(table, key, version, changes, errors).await
    }

    /// Deletes a row. False when there is none.
    ///
    /// # Errors
    /// As for [`insert`](Self::insert), and [`StoreError::Arity`].
    pub async fn delete(&self, table: &Arc<TableStatements>, key: Vec<Value>) -> Result<bool, StoreError> {
        self.keyed(table)?;
        self.usable(table).await?;
        self.0.database.delete(table, key).await
    }

    /// Deletes the rows in which each of these columns, by position, has its value; [`Value::Null`] stands for rows in which
    /// the column is null. Answers how many there were. One statement, however many rows it deletes: other writes wait
    /// for it.
    ///
    /// # Errors
    /// As for [`insert`](Self::insert); [`StoreError::Mistake`] without columns and for columns that cannot be compared.
    pub async fn delete_where(
        &self,
        table: &Arc<TableStatements>,
        columns: &[(usize, Value)],
    ) -> Result<u64, StoreError> {
        self.delete_matching(table, columns.to_vec(), None).await
    }

    /// The same for the rows in this version, if one is given.
    async fn delete_matching(
        &self,
        table: &Arc<TableStatements>,
        columns: Vec<(usize, Value)>,
        version: Option<i64>,
    ) -> Result<u64, StoreError> {
        question::comparable(table.def(), columns.iter().map(|(position, _)| *position))?;
        self.usable(table).await?;
        self.0.database.delete_where(table, columns, version).await
    }

    /// Answers a select: a page of its rows in a total order, and where the next page begins.
    ///
    /// Answers of up to 1,024 rows and about 1 MiB are read at once. Longer ones are read while they are taken, all as of one
    /// moment, by a connection of their own: eight at a time. A stream whose rows are not taken for half a minute, or at
    /// less than 64 KiB a second on the whole, ends. The table may be one that another process changed, as long as the columns are there.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`]; [`StoreError::Value`] for a value that its column cannot hold, [`StoreError::TooComplex`]
    /// and [`StoreError::Overflow`], all of which clients can bring about; [`StoreError::SchemaChanged`] when a table or
    /// column is missing, [`StoreError::Busy`] when too many long answers are read; [`StoreError::Mistake`] for a select
    /// that makes no sense, and others.
    pub async fn select(&self, select: &Select, page: Page) -> Result<RowStream, StoreError> {
        self.look(false).await?;
        rows::select(&self.0.database, &self.0.questions, select, &page).await
    }

    /// The rows of a program's own SQL text, one statement that begins with `SELECT`, `WITH` or `VALUES`: of each row the
    /// columns of these names, read as these types; an empty name is the only column. `?` or `$1` stand for the values, which are bound as a column of
    /// their own type holds them: a UUID as its 16 bytes, a timestamp as text of fixed width, a file as its key. All rows
    /// are held in memory: write a `LIMIT`.
    ///
    /// # Errors
    /// [`StoreError::Mistake`] for another number of values, a column that is missing or of another type, and a text that
    /// is not one statement or writes; [`StoreError::Database`] for one that the database does not understand, and others.
    pub async fn sql(
        &self,
        text: &str,
        values: Vec<Value>,
        columns: &[(&str, ColumnType)],
    ) -> Result<Vec<Row>, StoreError> {
        script::check(text)?;
        self.look(false).await?;
        let rows = self.0.database.sql(text, values, columns).await?;
        rows.into_iter().map(Answered::whole).collect()
    }

    /// The same for texts of our own, row by row as far as it can be read, and never from a replica, which may be behind.
    pub(crate) async fn sql_now(
        &self,
        text: &str,
        values: Vec<Value>,
        columns: &[(&str, ColumnType)],
    ) -> Result<Vec<Answered>, StoreError> {
        self.look(false).await?;
        self.0.database.sql_now(text, values, columns).await
    }

    /// Which of these keys some media column of the table holds.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn referenced(
        &self,
        table: &Arc<TableStatements>,
        keys: &[String],
    ) -> Result<HashSet<String>, StoreError> {
        self.usable(table).await?;
        self.0.database.referenced(table, keys).await
    }

    /// Up to `limit` rows after a place, in an order that changes of rows do not disturb.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn scan(
        &self,
        table: &Arc<TableStatements>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Vec<(Cursor, Stored)>, StoreError> {
        self.usable(table).await?;
        self.0.database.scan(table, after, limit).await
    }

    /// Writes the computed values of a scanned row, as one change. False when the row is gone or its version is
    /// another: then it was written with all its computed columns, or has to be read again.
    ///
    /// # Errors
    /// As for [`insert`](Self::insert).
    pub async fn fill(
        &self,
        table: &Arc<TableStatements>,
        cursor: &Cursor,
        version: i64,
        changes: Vec<(usize, Value)>,
        errors: Option<String>,
    ) -> Result<bool, StoreError> {
        self.usable(table).await?;
        self.0.database.update(table, cursor.0.clone(), version, changes, errors).await
    }

    /// Records that all rows up to `cursor` have the values they waited for, so that a backfill that is cut short goes
    /// on from there.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn checkpoint(&self, def: &'static TableDef, cursor: &Cursor) -> Result<(), StoreError> {
        let place = cursor.to_json();
        let table = self.prepare(def);
        self.usable(&table).await?;
        self.0.database.edit_backfill(table, move |pending| pending.after = place).await
    }

    /// Records that all rows have values in these columns.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn backfilled(&self, def: &'static TableDef, columns: &[usize]) -> Result<(), StoreError> {
        let columns = columns.to_vec();
        let table = self.prepare(def);
        self.usable(&table).await?;
        self.0.database.edit_backfill(table, move |pending| pending.remove(def, &columns)).await
    }

    /// How many rows the table has.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn count(&self, table: &Arc<TableStatements>) -> Result<u64, StoreError> {
        self.usable(table).await?;
        self.0.database.count(table).await
    }

    /// Writes what waits and closes the database, for all clones.
    pub async fn close(&self) {
        self.0.database.close().await;
    }

    /// A table without a primary key has no addressable rows.
    fn keyed(&self, table: &TableStatements) -> Result<(), StoreError> {
        let def = table.def();
        if def.key().next().is_some() { Ok(()) } else { Err(StoreError::Arity { table: def.name }) }
    }

    /// Refuses when the database's file is gone, and when another process changed the table. Asks about once a second;
    /// one caller does so for all. Writes do not rely on it: they are checked again as they are committed.
    async fn usable(&self, table: &TableStatements) -> Result<(), StoreError> {
        self.look(table.version() == 0).await?;
        table.usable()
    }

    /// Looks at the file and the catalog about once a second, or when it has to be.
    async fn look(&self, must: bool) -> Result<(), StoreError> {
        let Inner { database, tables, opened, limits, checked, .. } = &*self.0;
        let now = opened.elapsed().as_millis() as u64;
        let last = checked.load(Ordering::Relaxed);
        let due = now.saturating_sub(last) >= limits.check.as_millis() as u64
            && checked.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if due || must {
            database.check()?;
            // If the catalog cannot be read, the operation itself will say what is wrong.
            let reading: BoxFuture<'_, _> = Box::pin(database.versions());
            if let Ok(versions) = reading.await {
                tables.seen(&versions);
            }
        }
        Ok(())
    }
}

/// The values that existing rows get in the new columns of a plan.
fn defaults(plan: &Plan, default: &(dyn Fn(&'static TableDef, usize) -> Value + Sync)) -> Defaults {
    let mut defaults = Defaults::new();
    for change in plan.changes() {
        if let ChangeKind::Column(position) = change.kind
            && change.table.columns[position].default
        {
            defaults.insert((change.table.name, position), default(change.table, position));
        }
    }
    defaults
}

#[cfg(test)]
mod tests;
