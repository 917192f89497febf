//! SQLite: one file, one connection that writes, several that read.
//!
//! Everything of the dialect is in this folder. What it takes and answers is in the terms of the store.

mod adopt;
mod bind;
mod connect;
mod copy;
mod ddl;
mod failure;
mod file;
mod find;
mod group;
mod location;
mod migrate;
mod named;
mod raw;
mod read;
mod readers;
mod stream;
mod unchanged;
mod write;
mod writer;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous};
use sqlx::{Acquire as _, Arguments as _, AssertSqlSafe, ConnectOptions as _, Row as _};

use self::bind::Bind;
use self::file::File;
use self::find::Finder;
use self::raw::Prepared;
use self::readers::{Reader, Readers};
use self::stream::Connections;
use self::writer::FilePen;
use super::catalog::{Pending, Snapshot};
use super::kept::Kept;
use super::location::can_be_made;
use super::lookups::{Found, Lookups};
use super::plan::{Defaults, Plan};
use super::sql::{self, CATALOG};
use super::together::{self, Member, Together};
use super::writes::Writer;
use super::{Cursor, Limits, StoreError, Stored, TableStatements};
use crate::schema::{Schema, TableDef};
use crate::value::{Row, Value};

pub(super) use self::adopt::look;
pub(super) use self::copy::copy;

/// Prepared statements that the writing connection keeps: a table has about ten, and for each choice of columns that is updated
/// one for one row and up to six for several; each of them once more as the first of a transaction.
const KEPT_WRITES: usize = 1024;
/// Prepared statements that a reading connection keeps.
const KEPT_READS: usize = 512;
/// The most connections of lookups by key. One answers more than the rest of four cores asks for.
const LANES: usize = 4;
/// Rows that wait between SQLite and a short answer, however large they are. Ten rows and the word that there are no more
/// never wait for room.
const AHEAD: usize = 12;

/// An open database.
#[derive(Debug)]
pub(super) struct Database {
    writer: Writer<FilePen>,
    lookups: Lookups<Bind>,
    /// Those of short answers.
    readers: Readers,
    /// Those of long answers.
    streams: Connections,
    texts: Kept<u8, Arc<Prepared>>,
    file: Arc<File>,
}

/// Whether a location may be a database's.
pub(super) fn judge(url: &str) -> Result<(), StoreError> {
    location::path(url).map(drop)
}

/// Whether a file that a start would write to may be written, or made. Nothing is written.
pub(super) fn writable(url: &str) -> Result<(), StoreError> {
    let path = location::path(url)?;
    if !path.exists() {
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        return can_be_made(&folder).map_err(|error| StoreError::Folder { path: folder, source: Arc::new(error) });
    }
    match std::fs::OpenOptions::new().write(true).open(&path) {
        Ok(_) => Ok(()),
        Err(error) => Err(StoreError::NotWritable { path, problem: error.to_string() }),
    }
}

/// Whether there is a file at a location.
pub(super) fn exists(url: &str) -> bool {
    location::path(url).is_ok_and(|path| path.exists())
}

impl Database {
    pub(super) async fn open(url: &str, limits: Limits) -> Result<Self, StoreError> {
        let written = location::path(url)?;
        let absolute = std::path::absolute(&written);
        let path = absolute.map_err(|error| StoreError::Open { path: written, problem: error.to_string() })?;
        location::make_folders(&path).await?;
        Self::connect(path, true, limits).await
    }

    /// The same file by connections of its own. It is not made again when it is gone.
    pub(super) async fn reopen(&self, limits: Limits) -> Result<Self, StoreError> {
        self.file.check()?;
        Self::connect(self.file.path().to_owned(), false, limits).await
    }

    async fn connect(path: PathBuf, creates: bool, limits: Limits) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .busy_timeout(limits.wait)
            .foreign_keys(true)
            .disable_statement_logging();
        let writing = options
            .clone()
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .statement_cache_capacity(KEPT_WRITES);
        let create = if creates { writing.clone().create_if_missing(true) } else { writing.clone() };
        let connection = connect::writer(&create, &path, limits.wait).await?;
        let file = Arc::new(File::opened(path)?);
        let cores = std::thread::available_parallelism().map_or(4, usize::from);
        let connections = cores.clamp(4, 16);
        let reading = options.read_only(true).statement_cache_capacity(KEPT_READS);
        let short = reading.clone().row_buffer_size(AHEAD);
        let readers = Readers::new(short.clone(), connections as u32, limits.wait);
        let finder = || Finder::new(short.clone(), file.clone());
        let lookups = Lookups::start(std::iter::repeat_with(finder).take(cores.div_ceil(4).min(LANES)), limits);
        let writer = Writer::start([FilePen::new(connection, writing, file.clone())], limits);
        let streams = Connections::new(reading, limits);
        Ok(Self { writer, lookups, readers, streams, texts: Kept::new(raw::TEXTS), file })
    }

    /// Looks whether the database's file is still there.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        self.file.check()
    }

    pub(super) async fn insert(
        &self,
        table: &Arc<TableStatements>,
        row: Row,
        errors: Option<String>,
    ) -> Result<Option<i64>, StoreError> {
        let (kind, binds) = write::insert(table, row, errors)?;
        self.writer.write(table, kind, binds).await.map(|written| written.number)
    }

    /// Changes the row that `identity` names; false when it is gone or its version moved.
    pub(super) async fn update(
        &self,
        table: &Arc<TableStatements>,
        identity: Vec<Value>,
        version: i64,
        changes: Vec<(usize, Value)>,
        errors: Option<String>,
    ) -> Result<bool, StoreError> {
        let (kind, binds) = write::update(table, identity, version, changes, errors)?;
        Ok(self.writer.write(table, kind, binds).await?.rows > 0)
    }

    pub(super) async fn delete(&self, table: &Arc<TableStatements>, key: Vec<Value>) -> Result<bool, StoreError> {
        let (kind, binds) = write::delete(table, key)?;
        Ok(self.writer.write(table, kind, binds).await?.rows > 0)
    }

    /// Deletes the rows in which each of these columns has its value, and the version, if there is one; answers how many there were.
    pub(super) async fn delete_where(
        &self,
        table: &Arc<TableStatements>,
        columns: Vec<(usize, Value)>,
        version: Option<i64>,
    ) -> Result<u64, StoreError> {
        let (kind, binds) = write::delete_where(table, columns, version)?;
        Ok(self.writer.write(table, kind, binds).await?.rows)
    }

    pub(super) async fn together(&self, members: Vec<Member>) -> Result<Together, StoreError> {
        self.writer.together(together::bind(members, write::member)?).await
    }

    pub(super) async fn get(&self, table: &TableStatements, key: Vec<Value>) -> Result<Option<Stored>, StoreError> {
        let def = table.def();
        let row = self.read_one(def, &table.get, &identify(def, key)?).await?;
        row.map(|row| Stored::read(def, |ty, position| bind::read(ty, &row, position))).transpose()
    }

    pub(super) async fn find(
        &self,
        table: &Arc<TableStatements>,
        key: Vec<Value>,
    ) -> Result<Option<Found>, StoreError> {
        self.lookups.find(table, identify(table.def(), key)?).await
    }

    pub(super) async fn scan(
        &self,
        table: &TableStatements,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Vec<(Cursor, Stored)>, StoreError> {
        let def = table.def();
        let (text, mut binds) = match after {
            Some(Cursor(identity)) => (&table.after, identify(def, identity)?),
            None => (&table.first, Vec::new()),
        };
        binds.push(Bind::Int(limit.into()));
        let rows = self.read(def, text, &binds).await?;
        let place = |row: &SqliteRow| {
            let read = |ty, position| bind::read(ty, row, position);
            let stored = Stored::read(def, read)?;
            Ok((stored.cursor(def, read)?, stored))
        };
        rows.iter().map(place).collect()
    }

    pub(super) async fn referenced(
        &self,
        table: &TableStatements,
        keys: &[String],
    ) -> Result<HashSet<String>, StoreError> {
        let def = table.def();
        let mut found = HashSet::new();
        for chunk in keys.chunks(sql::REFERENCED) {
            // The statement asks for a fixed number of keys; the first stands in for those that are missing.
            let filled = chunk.iter().chain(std::iter::repeat(&chunk[0])).take(sql::REFERENCED);
            let binds: Vec<Bind> = filled.map(|key| Bind::Text(key.as_str().into())).collect();
            for text in &table.referenced {
                for row in self.read(def, text, &binds).await? {
                    found.insert(row.try_get(0).map_err(failure::general)?);
                }
            }
        }
        Ok(found)
    }

    pub(super) async fn count(&self, table: &TableStatements) -> Result<u64, StoreError> {
        let rows = self.read(table.def(), &table.count, &[]).await?;
        let count = rows.first().map_or(Ok(0), |row| row.try_get::<i64, _>(0));
        count.map(i64::unsigned_abs).map_err(failure::general)
    }

    async fn read(
        &self,
        def: &'static TableDef,
        text: &Arc<str>,
        binds: &[Bind],
    ) -> Result<Vec<SqliteRow>, StoreError> {
        let arguments = arguments(binds)?;
        let mut reader = self.reader().await?;
        let query = sqlx::query_with(AssertSqlSafe(text.clone()), arguments);
        let rows = query.fetch_all(&mut *reader).await.or_else(|error| self.unread(error, def))?;
        reader.done();
        Ok(rows)
    }

    /// The first row; SQLite is not asked for a second.
    async fn read_one(
        &self,
        def: &'static TableDef,
        text: &Arc<str>,
        binds: &[Bind],
    ) -> Result<Option<SqliteRow>, StoreError> {
        let arguments = arguments(binds)?;
        let mut reader = self.reader().await?;
        let query = sqlx::query_with(AssertSqlSafe(text.clone()), arguments);
        let row = query.fetch_optional(&mut *reader).await.or_else(|error| self.unread(error, def))?;
        reader.done();
        Ok(row)
    }

    /// The error of a read; the file may be gone.
    fn unread<T>(&self, error: sqlx::Error, def: &'static TableDef) -> Result<T, StoreError> {
        self.file.check()?;
        Err(failure::of_table(error, def))
    }

    async fn reader(&self) -> Result<Reader, StoreError> {
        self.file.intact()?;
        match self.readers.take().await {
            Ok(reader) => Ok(reader),
            Err(error) => {
                self.file.check()?;
                Err(error)
            }
        }
    }

    pub(super) async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let mut reader = self.reader().await?;
        // Of one moment: another process may migrate between two questions.
        let mut moment = reader.begin().await.map_err(failure::general)?;
        let snapshot = migrate::snapshot(&mut moment).await.map_err(failure::general)?;
        moment.rollback().await.map_err(failure::general)?;
        reader.done();
        Ok(snapshot)
    }

    /// The versions of the tables in the catalog.
    pub(super) async fn versions(&self) -> Result<HashMap<String, i64>, StoreError> {
        let mut reader = self.reader().await?;
        let text = format!("SELECT \"table\", \"version\" FROM \"{CATALOG}\"");
        let rows = sqlx::query(AssertSqlSafe(text)).fetch_all(&mut *reader).await.map_err(failure::general)?;
        reader.done();
        let versions = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
        versions.collect::<Result<_, sqlx::Error>>().map_err(failure::general)
    }

    pub(super) async fn migrate(&self, schema: &'static Schema, defaults: Defaults) -> Result<Plan, StoreError> {
        self.writer.exclusive(move |connection| Box::pin(migrate::migrate(connection, schema, defaults))).await
    }

    pub(super) async fn adopt(&self, tables: &[&'static TableDef]) -> Result<Vec<&'static TableDef>, StoreError> {
        let tables = tables.to_vec();
        self.writer.exclusive(move |connection| Box::pin(adopt::adopt(connection, tables))).await
    }

    pub(super) async fn edit_backfill(
        &self,
        table: Arc<TableStatements>,
        edit: impl FnOnce(&mut Pending) + Send + 'static,
    ) -> Result<(), StoreError> {
        self.writer
            .exclusive(move |connection| {
                Box::pin(async move { migrate::edit_backfill(connection, &table, edit).await })
            })
            .await
    }

    /// The last connection to a file moves its log into it, which readers cannot: they go first.
    pub(super) async fn close(&self) {
        self.lookups.close().await;
        self.readers.close().await;
        self.streams.close().await;
        self.writer.close().await;
    }
}

/// The values that identify a row, in the order of the statements.
fn identify(def: &'static TableDef, identity: Vec<Value>) -> Result<Vec<Bind>, StoreError> {
    let key: Vec<usize> = def.key().collect();
    match (key.as_slice(), identity.as_slice()) {
        ([], [Value::Int(row)]) => Ok(vec![Bind::Int(*row)]),
        ([], _) => Err(StoreError::Arity { table: def.name }),
        (key, identity) if key.len() != identity.len() => Err(StoreError::Arity { table: def.name }),
        _ => key.into_iter().zip(identity).map(|(position, value)| Bind::new(def, position, value)).collect(),
    }
}

fn arguments(binds: &[Bind]) -> Result<SqliteArguments, StoreError> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(binds.len(), 0);
    for bind in binds {
        arguments.add(bind).map_err(|error| failure::general(sqlx::Error::Encode(error)))?;
    }
    Ok(arguments)
}

#[cfg(test)]
impl Database {
    /// How many short answers are being read.
    pub(super) fn reading(&self) -> usize {
        self.readers.reading()
    }

    /// Makes the database as good as full.
    pub(super) async fn limit_pages(&self, pages: u32) -> Result<(), StoreError> {
        let text = format!("PRAGMA max_page_count = {pages}");
        self.writer
            .exclusive(move |connection| {
                Box::pin(async move {
                    sqlx::raw_sql(AssertSqlSafe(text)).execute(connection).await.map(drop).map_err(failure::general)
                })
            })
            .await
    }
}

#[cfg(test)]
mod tests;
