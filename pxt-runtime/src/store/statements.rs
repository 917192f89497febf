//! The statements of a table, built once, and whether the table is still the one they were built for.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::StoreError;
use super::kept::Kept;
use super::location::is_postgres;
use super::lookups::KEYS;
use super::sql::{self, Dialect};
use crate::schema::TableDef;

/// How many rows a statement for several takes, or less.
pub(super) const SIZES: [usize; 7] = [64, 32, 16, 8, 4, 2, 1];
/// How many texts find rows by key: those of 1, 2, 4 and so on, up to all that are asked for at once.
const FINDS: usize = KEYS.ilog2() as usize + 1;
/// Texts of updates that a table keeps, and of deletes by columns. Which columns an update names is the clients' choice.
const TEXTS: usize = 64;

/// The statements of one table. Made by [`Store::prepare`](super::Store::prepare), shared by all routes over the table.
#[derive(Debug)]
pub struct TableStatements {
    def: &'static TableDef,
    dialect: Dialect,
    inserts: [OnceLock<Arc<str>>; SIZES.len()],
    updates: Kept<usize, Arc<Update>>,
    deletes: Kept<(usize, bool), Arc<str>>,
    /// The same of rows in a version.
    exact_deletes: Kept<(usize, bool), Arc<str>>,
    pub(super) get: Arc<str>,
    finds: [OnceLock<Arc<str>>; FINDS],
    pub(super) delete: Arc<str>,
    pub(super) first: Arc<str>,
    pub(super) after: Arc<str>,
    pub(super) count: Arc<str>,
    /// The version in the catalog.
    pub(super) current: Arc<str>,
    /// One text per media column.
    pub(super) referenced: Vec<Arc<str>>,
    /// The catalog's version of the table that this process works with; 0 while it is not known.
    version: AtomicI64,
    changed: AtomicBool,
}

/// The statements of a table of a database that is not open, by its URL, to judge what is declared over the table.
pub(crate) fn unopened(url: &str, def: &'static TableDef) -> Arc<TableStatements> {
    let dialect = if is_postgres(url) { Dialect::Postgres } else { Dialect::Sqlite };
    Arc::new(TableStatements::new(dialect, def, 0))
}

/// The texts of an update of some columns.
#[derive(Debug)]
pub(super) struct Update {
    columns: Vec<usize>,
    /// Of one row.
    one: Arc<str>,
    /// Of as many as [`SIZES`] says.
    many: [OnceLock<Arc<str>>; SIZES.len()],
}

/// A text, and whether the connection should keep it prepared.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub(super) text: Arc<str>,
    pub(super) kept: bool,
}

impl TableStatements {
    fn new(dialect: Dialect, def: &'static TableDef, version: i64) -> Self {
        let media = def.columns.iter().enumerate().filter(|(_, column)| column.ty.is_media());
        Self {
            def,
            dialect,
            inserts: Default::default(),
            updates: Kept::new(TEXTS),
            deletes: Kept::new(TEXTS),
            exact_deletes: Kept::new(TEXTS),
            get: sql::get(dialect, def),
            finds: Default::default(),
            delete: sql::delete(dialect, def),
            first: sql::scan(dialect, def, false),
            after: sql::scan(dialect, def, true),
            count: sql::count(dialect, def),
            current: sql::version(dialect, def),
            referenced: media.map(|(position, _)| sql::referenced(dialect, def, position)).collect(),
            version: AtomicI64::new(version),
            changed: AtomicBool::new(false),
        }
    }

    /// The table.
    pub fn def(&self) -> &'static TableDef {
        self.def
    }

    /// Which of [`SIZES`] a statement is for that takes all of `rows`, for each of which so many values are bound, or else the
    /// most that one may take. What it has room for beyond the rows stays empty.
    pub(super) fn size(&self, rows: usize, width: usize) -> usize {
        // The version and the number of rows are bound too.
        let mut fitting = SIZES.into_iter().filter(|size| size * width + 2 <= self.dialect.parameters());
        let most = fitting.next().unwrap_or(1);
        fitting.take_while(|size| *size >= rows).last().unwrap_or(most)
    }

    /// The insert of `size` rows, one of [`SIZES`].
    pub(super) fn insert(&self, size: usize) -> Arc<str> {
        let build = || sql::insert(self.dialect, self.def, size);
        match SIZES.iter().position(|known| *known == size) {
            Some(slot) => self.inserts[slot].get_or_init(build).clone(),
            None => build(),
        }
    }

    /// The text that finds the rows of so many keys, and how many it takes: 1, 2, 4 and so on. Where it takes more than one,
    /// a number stands before each key, and behind each row that is found.
    pub(super) fn find(&self, keys: usize) -> (Arc<str>, usize) {
        let size = keys.next_power_of_two();
        let build = || sql::find(self.dialect, self.def, size);
        (self.finds[size.ilog2() as usize].get_or_init(build).clone(), size)
    }

    /// The update of the columns at these positions, and what several rows are updated by, if that is kept too.
    pub(super) fn update(&self, positions: &[usize]) -> (Statement, Option<Arc<Update>>) {
        let build = || {
            let one = sql::update(self.dialect, self.def, positions);
            Ok::<_, Infallible>(Arc::new(Update { columns: positions.to_vec(), one, many: Default::default() }))
        };
        let Ok((update, kept)) = self.updates.get(positions, build);
        (Statement { text: update.one.clone(), kept }, kept.then_some(update))
    }

    /// The update of `size` rows, one of [`SIZES`].
    pub(super) fn update_rows(&self, update: &Update, size: usize) -> Arc<str> {
        let build = || sql::update_rows(self.dialect, self.def, &update.columns, size);
        match SIZES.iter().position(|known| *known == size) {
            Some(slot) => update.many[slot].get_or_init(build).clone(),
            None => build(),
        }
    }

    /// The delete by the columns at these positions, which are null where the flag says so, and by the version if it is `exact`.
    pub(super) fn delete_where(&self, columns: &[(usize, bool)], exact: bool) -> Statement {
        let build = || Ok::<_, Infallible>(sql::delete_where(self.dialect, self.def, columns, exact));
        let deletes = if exact { &self.exact_deletes } else { &self.deletes };
        let Ok((text, kept)) = deletes.get(columns, build);
        Statement { text, kept }
    }

    /// The catalog's version of the table that this process works with; 0 while it is not known.
    pub(super) fn version(&self) -> i64 {
        self.version.load(Ordering::Relaxed)
    }

    /// Refuses when another process changed the table.
    pub(super) fn usable(&self) -> Result<(), StoreError> {
        if self.changed.load(Ordering::Relaxed) {
            return Err(StoreError::SchemaChanged { table: self.def.name });
        }
        Ok(())
    }

    /// Compares the version that the catalog has now. The first that is seen is taken for the one we work with.
    pub(super) fn seen(&self, found: Option<i64>) {
        let mine = self.version();
        match found {
            Some(found) if mine == 0 => self.version.store(found, Ordering::Relaxed),
            found => self.changed.store(mine != 0 && found != Some(mine), Ordering::Relaxed),
        }
    }

    fn adopt(&self, version: i64) {
        self.version.store(version, Ordering::Relaxed);
        self.changed.store(false, Ordering::Relaxed);
    }
}

/// The tables that this process uses, and the versions that it was started for.
#[derive(Debug, Default)]
pub(super) struct Tables(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    prepared: Vec<Arc<TableStatements>>,
    versions: HashMap<&'static str, i64>,
}

impl Tables {
    pub(super) fn prepare(&self, dialect: Dialect, def: &'static TableDef) -> Arc<TableStatements> {
        let mut known = self.lock();
        if let Some(table) = known.prepared.iter().find(|table| std::ptr::eq(table.def, def)) {
            return table.clone();
        }
        let version = known.versions.get(def.name).copied().unwrap_or_default();
        let table = Arc::new(TableStatements::new(dialect, def, version));
        known.prepared.push(table.clone());
        table
    }

    /// Takes these versions for the ones that the declared tables belong to.
    pub(super) fn adopt(&self, versions: impl IntoIterator<Item = (&'static TableDef, i64)>) {
        let mut known = self.lock();
        for (def, version) in versions {
            known.versions.insert(def.name, version);
            known.prepared.iter().filter(|table| std::ptr::eq(table.def, def)).for_each(|table| table.adopt(version));
        }
    }

    /// Marks the tables whose version is another now.
    pub(super) fn seen(&self, versions: &HashMap<String, i64>) {
        for table in &self.lock().prepared {
            table.seen(versions.get(table.def.name).copied());
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
