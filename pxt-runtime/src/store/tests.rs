//! Real databases, each test with its own: files in temporary folders, or with a server in `PXT_TEST_DATABASE` the same
//! tests on PostgreSQL. What only one of them has stands in its own folder.

mod adoption;
pub(in crate::store) mod asking;
mod concurrency;
mod deletes;
mod groups;
pub(in crate::store) mod lookups;
mod migration;
pub(in crate::store) mod named;
pub(in crate::store) mod pages;
mod rows;
mod selects;
mod sizes;
mod streams;
mod texts;
mod together;
mod upgrade;

use std::path::{Path, PathBuf};
pub(in crate::store) use std::sync::Arc;
pub(in crate::store) use std::time::Duration;

pub(in crate::store) use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use tempfile::TempDir;

pub(in crate::store) use super::{Limits, Migrated, Store, StoreError, TableStatements};
use crate::schema::{At, Code, Computed, OnError, fnv1a};
pub(in crate::store) use crate::schema::{ColumnDef, ColumnType, Schema, TableDef};
use crate::testing::TestDatabase;
pub(in crate::store) use crate::value::{Row, Value};

/// Where the database of a test is. It goes with the value.
pub(in crate::store) enum Place {
    /// A file, in a folder.
    File(TempDir),
    /// A database on a server.
    Server(TestDatabase),
}

impl Place {
    /// A database of its own on the server that `PXT_TEST_DATABASE` names; a file when it names none.
    pub(in crate::store) async fn new() -> Self {
        let database = TestDatabase::new().await.unwrap();
        if super::location::is_postgres(database.url()) { Self::Server(database) } else { Self::file() }
    }

    /// For what only SQLite has.
    pub(in crate::store) fn file() -> Self {
        Self::File(tempfile::tempdir().unwrap())
    }

    /// For what only PostgreSQL has.
    pub(in crate::store) async fn server() -> Self {
        let place = Self::new().await;
        assert!(matches!(place, Self::Server(_)), "`PXT_TEST_DATABASE` names no PostgreSQL server");
        place
    }

    pub(in crate::store) fn url(&self) -> String {
        match self {
            Self::File(_) => format!("sqlite://{}", self.path().display()),
            Self::Server(database) => database.url().to_owned(),
        }
    }

    pub(in crate::store) fn folder(&self) -> &Path {
        match self {
            Self::File(folder) => folder.path(),
            Self::Server(database) => database.folder(),
        }
    }

    /// The file, in a folder that does not exist yet.
    pub(in crate::store) fn path(&self) -> PathBuf {
        self.folder().join("data/pxt.db")
    }

    pub(in crate::store) async fn open(&self) -> Store {
        self.open_with(Limits::default()).await
    }

    pub(in crate::store) async fn open_with(&self, limits: Limits) -> Store {
        Store::open_with(&self.url(), None, limits).await.unwrap()
    }

    /// What the database at hand is told.
    pub(in crate::store) fn either<T>(&self, sqlite: T, postgres: T) -> T {
        match self {
            Self::File(_) => sqlite,
            Self::Server(_) => postgres,
        }
    }

    /// A connection that knows nothing of pxt.
    pub(in crate::store) async fn sqlite(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.path()).connect().await.unwrap()
    }

    /// A connection that knows nothing of pxt.
    pub(in crate::store) async fn postgres(&self) -> PgConnection {
        PgConnection::connect(&self.url()).await.unwrap()
    }

    /// Runs statements by such a connection.
    pub(in crate::store) async fn execute(&self, text: &str) {
        let text = sqlx::raw_sql(AssertSqlSafe(text.to_owned()));
        match self {
            Self::File(_) => drop(text.execute(&mut self.sqlite().await).await.unwrap()),
            Self::Server(_) => drop(text.execute(&mut self.postgres().await).await.unwrap()),
        }
    }

    /// The only column of all rows, which is text.
    pub(in crate::store) async fn texts(&self, text: &str) -> Vec<String> {
        let text = AssertSqlSafe(text.to_owned());
        match self {
            Self::File(_) => sqlx::query_scalar(text).fetch_all(&mut self.sqlite().await).await.unwrap(),
            Self::Server(_) => sqlx::query_scalar(text).fetch_all(&mut self.postgres().await).await.unwrap(),
        }
    }
}

/// Each look at a table reads the catalog.
pub(in crate::store) fn watchful() -> Limits {
    Limits { check: Duration::ZERO, ..Limits::default() }
}

/// Nothing is looked at but what a write itself looks at.
pub(in crate::store) fn unwatchful() -> Limits {
    Limits { check: Duration::from_secs(3600), ..Limits::default() }
}

pub(in crate::store) fn column(name: &'static str, ty: ColumnType) -> ColumnDef {
    ColumnDef {
        name,
        hash: fnv1a(name),
        doc: "",
        ty,
        nullable: false,
        primary_key: false,
        auto: false,
        default: false,
        max_bytes: None,
        computed: None,
    }
}

pub(in crate::store) fn nullable(name: &'static str, ty: ColumnType) -> ColumnDef {
    ColumnDef { nullable: true, ..column(name, ty) }
}

pub(in crate::store) fn key(name: &'static str, ty: ColumnType) -> ColumnDef {
    ColumnDef { primary_key: true, ..column(name, ty) }
}

pub(in crate::store) fn auto(name: &'static str) -> ColumnDef {
    ColumnDef { auto: true, ..key(name, ColumnType::Int) }
}

pub(in crate::store) fn computed(name: &'static str, ty: ColumnType, call: &'static str) -> ColumnDef {
    ColumnDef { computed: Some(Computed { call, reads: &[], on_error: OnError::Abort }), ..column(name, ty) }
}

pub(in crate::store) fn table(name: &'static str, columns: Vec<ColumnDef>) -> &'static TableDef {
    Box::leak(Box::new(TableDef {
        name,
        hash: fnv1a(name),
        doc: "",
        columns: columns.leak(),
        incomplete: false,
        at: At { file: "src/schema.rs", line: 7 },
        module: module_path!(),
        code: Code(&()),
    }))
}

pub(in crate::store) fn schema(tables: &[&'static TableDef]) -> &'static Schema {
    Box::leak(Box::new(Schema { tables: tables.to_vec().leak() }))
}

/// `films.posters` with a key, a text and a nullable number.
pub(in crate::store) fn posters() -> &'static TableDef {
    let columns =
        vec![key("id", ColumnType::Int), column("title", ColumnType::String), nullable("year", ColumnType::Int)];
    table("films.posters", columns)
}

pub(in crate::store) fn poster(id: i64, title: &str) -> Row {
    vec![Value::Int(id), Value::String(title.to_owned()), Value::Null]
}

pub(in crate::store) async fn migrate(store: &Store, tables: &[&'static TableDef]) -> Result<Migrated, StoreError> {
    store.migrate(schema(tables), &|_, _| Value::Null).await
}

/// A database with one table.
pub(in crate::store) async fn with_table(place: &Place, def: &'static TableDef) -> (Store, Arc<TableStatements>) {
    let store = place.open().await;
    migrate(&store, &[def]).await.unwrap();
    let table = store.prepare(def);
    (store, table)
}
