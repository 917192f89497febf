//! Real files in temporary folders; each test has its own.

mod asking;
mod concurrency;
mod deletes;
mod file;
mod groups;
mod lookups;
mod migration;
mod pages;
mod rows;
mod selects;
mod streams;
mod texts;
mod upgrade;

use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _};
use tempfile::TempDir;

use super::{Limits, Migrated, Store, StoreError, TableStatements};
use crate::schema::{At, Code, ColumnDef, ColumnType, Computed, OnError, Schema, TableDef, fnv1a};
use crate::value::{Row, Value};

/// A folder with a database in it. The folder goes with the value.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn url(&self) -> String {
        // A folder that does not exist yet, each time.
        format!("sqlite://{}/data/pxt.db", self.0.path().display())
    }

    async fn open(&self) -> Store {
        self.open_with(Limits::default()).await
    }

    async fn open_with(&self, limits: Limits) -> Store {
        Store::open_with(&self.url(), limits).await.unwrap()
    }

    /// A connection that knows nothing of pxt.
    async fn raw(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.0.path().join("data/pxt.db")).connect().await.unwrap()
    }

    async fn execute(&self, text: &str) {
        sqlx::raw_sql(AssertSqlSafe(text.to_owned())).execute(&mut self.raw().await).await.unwrap();
    }
}

/// Each look at a table reads the catalog.
fn watchful() -> Limits {
    Limits { check: Duration::ZERO, ..Limits::default() }
}

/// Nothing is looked at but what a write itself looks at.
fn unwatchful() -> Limits {
    Limits { check: Duration::from_secs(3600), ..Limits::default() }
}

fn column(name: &'static str, ty: ColumnType) -> ColumnDef {
    ColumnDef {
        name,
        hash: fnv1a(name),
        doc: "",
        ty,
        nullable: false,
        primary_key: false,
        auto: false,
        default: false,
        computed: None,
    }
}

fn nullable(name: &'static str, ty: ColumnType) -> ColumnDef {
    ColumnDef { nullable: true, ..column(name, ty) }
}

fn key(name: &'static str, ty: ColumnType) -> ColumnDef {
    ColumnDef { primary_key: true, ..column(name, ty) }
}

fn auto(name: &'static str) -> ColumnDef {
    ColumnDef { auto: true, ..key(name, ColumnType::Int) }
}

fn computed(name: &'static str, ty: ColumnType, call: &'static str) -> ColumnDef {
    ColumnDef { computed: Some(Computed { call, reads: &[], on_error: OnError::Abort }), ..column(name, ty) }
}

fn table(name: &'static str, columns: Vec<ColumnDef>) -> &'static TableDef {
    Box::leak(Box::new(TableDef {
        name,
        hash: fnv1a(name),
        doc: "",
        columns: columns.leak(),
        incomplete: false,
        at: At { file: "src/schema.rs", line: 7 },
        code: Code(&()),
    }))
}

fn schema(tables: &[&'static TableDef]) -> &'static Schema {
    Box::leak(Box::new(Schema { tables: tables.to_vec().leak() }))
}

/// `films.posters` with a key, a text and a nullable number.
fn posters() -> &'static TableDef {
    let columns =
        vec![key("id", ColumnType::Int), column("title", ColumnType::String), nullable("year", ColumnType::Int)];
    table("films.posters", columns)
}

fn poster(id: i64, title: &str) -> Row {
    vec![Value::Int(id), Value::String(title.to_owned()), Value::Null]
}

async fn migrate(store: &Store, tables: &[&'static TableDef]) -> Result<Migrated, StoreError> {
    store.migrate(schema(tables), &|_, _| Value::Null).await
}

/// A database with one table.
async fn with_table(place: &Place, def: &'static TableDef) -> (Store, Arc<TableStatements>) {
    let store = place.open().await;
    migrate(&store, &[def]).await.unwrap();
    let table = store.prepare(def);
    (store, table)
}
