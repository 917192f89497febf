//! PostgreSQL: a server that any number of nodes share, and maybe a replica of it that answers queries.
//!
//! Everything of the dialect is in this folder. What it takes and answers is in the terms of the store.

mod array;
mod bind;
mod ddl;
mod failure;
mod find;
mod group;
mod introspect;
mod link;
mod location;
mod migrate;
mod named;
mod parts;
mod placeholders;
mod raw;
mod read;
mod readers;
mod stream;
mod write;
mod writer;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use sqlx::Row as _;
use sqlx::postgres::{PgConnection, PgRow};

use self::bind::Bind;
use self::find::ServerFinder;
use self::link::Link;
pub(super) use self::named::reads;
use self::raw::Prepared;
use self::read::Text;
use self::readers::Readers;
pub(super) use self::readers::Source;
use self::stream::Long;
use self::writer::ServerPen;
use super::catalog::{Pending, Snapshot};
use super::kept::Kept;
use super::lookups::{Found, Lookups};
use super::plan::{Defaults, Plan};
use super::sql::{self, CATALOG};
use super::together::{self, Member, Together};
use super::turns::TURNS;
use super::writes::Writer;
use super::{Cursor, Limits, StoreError, Stored, TableStatements};
use crate::schema::{ColumnType, Schema, TableDef};
use crate::value::{Row, Value};

/// How many connections do what. All but those that write are made when they are first needed.
struct Shares {
    /// Write. Each waits for a commit while others fill the next ones.
    pens: usize,
    /// Look rows up by key.
    lanes: usize,
    /// Read what is short.
    short: usize,
    /// Read what is long.
    long: usize,
}

impl Shares {
    /// The default of 20: 4, 2, 6 and 8.
    fn of(connections: usize) -> Self {
        let part = |share: usize, most: usize| (connections / share).clamp(1, most);
        let (pens, lanes, long) = (part(5, 4), part(10, 2), (2 * part(5, TURNS)).min(TURNS));
        Self { pens, lanes, long, short: connections.saturating_sub(pens + lanes + long).max(1) }
    }
}

/// An open database.
#[derive(Debug)]
pub(super) struct Database {
    link: Arc<Link>,
    writer: Writer<ServerPen>,
    lookups: Lookups<Bind>,
    /// The connections of short answers.
    readers: Readers,
    /// Those of long answers.
    long: Long,
    texts: Kept<u8, Arc<Prepared>>,
    limits: Limits,
}

/// Whether a URL may be a database's.
pub(super) fn judge(url: &str) -> Result<(), StoreError> {
    location::options(url).map(drop)
}

impl Database {
    /// Connects to the server. Neither to the replica: that it is away does not matter.
    pub(super) async fn open(url: &str, read_url: Option<&str>, limits: Limits) -> Result<Self, StoreError> {
        let link = Link::new(location::options(url)?, limits);
        let replica = read_url.map(location::options).transpose()?.map(|options| Link::new(options, limits));
        let first = link.open().await?;
        Ok(Self::linked(link, Some(first), replica.as_ref(), limits))
    }

    /// The same database by connections of its own, which are made when they are needed. It has no replica.
    pub(super) fn reopen(&self, limits: Limits) -> Self {
        Self::linked(self.link.again(), None, None, limits)
    }

    fn linked(link: Arc<Link>, mut first: Option<PgConnection>, replica: Option<&Arc<Link>>, limits: Limits) -> Self {
        let Shares { pens, lanes, short, long } = Shares::of(limits.connections);
        let pen = || ServerPen::new(link.clone(), first.take(), limits);
        let writer = Writer::start(std::iter::repeat_with(pen).take(pens), limits);
        let finder = || ServerFinder::new(link.clone(), replica.cloned(), limits);
        let lookups = Lookups::start(std::iter::repeat_with(finder).take(lanes), limits);
        let readers = Readers::new(&link, replica, short, limits);
        let long = Long::new(Readers::new(&link, replica, long, limits), long, limits);
        Self { link, writer, lookups, readers, long, texts: Kept::new(raw::TEXTS), limits }
    }

    /// A server is what its address leads to: there is nothing to look at.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        Ok(())
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

    /// By the server that writes: an update begins with it.
    pub(super) async fn get(&self, table: &TableStatements, key: Vec<Value>) -> Result<Option<Stored>, StoreError> {
        let def = table.def();
        let rows = self.read(Source::Primary, def, &table.get, &identify(def, key)?).await?;
        rows.first().map(|row| Stored::read(def, |ty, position| bind::read(ty, row, position))).transpose()
    }

    pub(super) async fn find(
        &self,
        table: &Arc<TableStatements>,
        key: Vec<Value>,
    ) -> Result<Option<Found>, StoreError> {
        self.lookups.find(table, identify(table.def(), key)?).await
    }

    /// By the server that writes: what is computed from the rows is written back.
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
        let rows = self.read(Source::Primary, def, text, &binds).await?;
        let place = |row: &PgRow| {
            let read = |ty, position| bind::read(ty, row, position);
            let stored = Stored::read(def, read)?;
            Ok((stored.cursor(def, read)?, stored))
        };
        rows.iter().map(place).collect()
    }

    /// By the server that writes: what no row names is deleted.
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
                for row in self.read(Source::Primary, def, text, &binds).await? {
                    if let Some(Value::String(key)) = bind::read(ColumnType::String, &row, 0) {
                        found.insert(key);
                    }
                }
            }
        }
        Ok(found)
    }

    pub(super) async fn count(&self, table: &TableStatements) -> Result<u64, StoreError> {
        let rows = self.read(Source::Replica, table.def(), &table.count, &[]).await?;
        match rows.first().and_then(|row| bind::read(ColumnType::Int, row, 0)) {
            Some(Value::Int(count)) => Ok(count.unsigned_abs()),
            _ => Ok(0),
        }
    }

    pub(super) async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        introspect::snapshot(&mut self.connection().await?).await
    }

    /// The versions of the tables in the catalog.
    pub(super) async fn versions(&self) -> Result<HashMap<String, i64>, StoreError> {
        let text = format!("SELECT \"table\", \"version\" FROM \"{CATALOG}\"").into();
        let read = self.readers.read(Source::Primary, &Text { text: &text, binds: &[] }).await;
        let rows = read.map_err(|failed| failed.told(failure::general))?;
        let versions = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
        versions.collect::<Result<_, sqlx::Error>>().map_err(failure::general)
    }

    pub(super) async fn migrate(&self, schema: &'static Schema, defaults: Defaults) -> Result<Plan, StoreError> {
        migrate::migrate(&mut self.connection().await?, schema, &defaults, self.limits.wait).await
    }

    pub(super) async fn adopt(&self, tables: &[&'static TableDef]) -> Result<Vec<&'static TableDef>, StoreError> {
        migrate::adopt(&mut self.connection().await?, tables, self.limits.wait).await
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

    /// A connection for work that takes its time, which is closed behind it.
    async fn connection(&self) -> Result<PgConnection, StoreError> {
        self.link.connect(Instant::now() + self.limits.wait).await
    }

    pub(super) async fn close(&self) {
        self.lookups.close().await;
        self.readers.close();
        self.long.close();
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

/// Sends a text without values, and reads all of the answer.
async fn control(connection: &mut PgConnection, text: &'static str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(text).execute(connection).await.map(drop)
}

#[cfg(test)]
mod tests;
