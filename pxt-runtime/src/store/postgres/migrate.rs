//! Carries out what the comparison planned, adopts tables of others, and keeps the catalog.
//!
//! Nodes that start together take turns by an advisory lock, and compare again once they have it: the first one migrates,
//! the others find nothing left to do.
//!
//! A migration also locks each table that it changes before it changes the catalog, in a mode that writes conflict with.
//! That is what makes `sql`'s guard hold, the question for the catalog's version that is part of each write: under READ
//! COMMITTED a statement locks its table first and takes its snapshot then. So a write either had its lock before us, and
//! we wait for its commit, or it gets the lock after our commit, and sees the version that we wrote. A transaction of
//! another isolation level keeps the snapshot of its first statement, so that all of ours name theirs.

use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Postgres, Transaction};

use super::bind::Bind;
use super::{ddl, failure, introspect};
use crate::schema::{ColumnDef, Schema, TableDef};
use crate::store::catalog::{Definition, Pending};
use crate::store::look::Look;
use crate::store::plan::{self, Adoption, Defaults, Plan, TablePlan};
use crate::store::sql::postgres::types;
use crate::store::sql::{CATALOG, Dialect};
use crate::store::{ChangeKind, Difference, StoreError, TableStatements, own};
use crate::value::Value;

/// The advisory lock of everything that changes a catalog: `pxt` and a 1, as bytes. A server has one such number per
/// database, so that catalogs in several schemas of it take turns too.
const LOCK: i64 = 0x7078_7401;
/// How long another node's migration is waited for. It may have to build an index.
const OTHERS: Duration = Duration::from_secs(60);
/// How often a migration begins again when PostgreSQL ends it to resolve a deadlock with writes.
const ATTEMPTS: usize = 5;
// Error codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
const DEADLOCK: &str = "40P01";
const LOCK_TIMEOUT: &str = "55P03";
/// Nobody may read or write: the table itself changes.
const ALONE: &str = "ACCESS EXCLUSIVE";
/// Nobody may write.
const UNWRITTEN: &str = "SHARE ROW EXCLUSIVE";

/// Compares again under the lock, then applies everything in one transaction. `wait` is how long writes to a table are
/// waited for: while we wait, all others wait behind us.
pub(super) async fn migrate(
    connection: &mut PgConnection,
    schema: &'static Schema,
    defaults: &Defaults,
    wait: Duration,
) -> Result<Plan, StoreError> {
    let mut attempt = 1;
    loop {
        match try_to_migrate(connection, schema, defaults, wait).await {
            Err(Failed::Database(error)) if is(&error, DEADLOCK) && attempt < ATTEMPTS => attempt += 1,
            done => return done.map_err(Failed::told),
        }
    }
}

async fn try_to_migrate(
    connection: &mut PgConnection,
    schema: &'static Schema,
    defaults: &Defaults,
    wait: Duration,
) -> Result<Plan, Failed> {
    let mut transaction = begin(connection).await?;
    let snapshot = introspect::locked(&mut transaction).await?;
    let plan = Plan::new(schema, &snapshot, Dialect::Postgres);
    if !plan.refused.is_empty() {
        return Err(StoreError::Drift(plan.refused).into());
    }
    execute(&mut transaction, ddl::create_catalog()).await?;
    let changed: Vec<&TablePlan> = plan.tables.iter().filter(|table| !table.changes.is_empty()).collect();
    lock(&mut transaction, &changed, wait).await?;
    for table in changed {
        apply(&mut transaction, table, defaults).await?;
        record(&mut transaction, table.def, &Definition::of(table.def), table.version, &table.pending).await?;
    }
    transaction.commit().await?;
    Ok(plan)
}

/// Takes tables into the catalog that pxt did not make. Answers those that were not in it before.
///
/// # Errors
/// [`StoreError::Drift`] with all that stands in the way.
pub(super) async fn adopt(
    connection: &mut PgConnection,
    tables: &[&'static TableDef],
    wait: Duration,
) -> Result<Vec<&'static TableDef>, StoreError> {
    let mut attempt = 1;
    loop {
        match try_to_adopt(connection, tables, wait).await {
            Err(Failed::Database(error)) if is(&error, DEADLOCK) && attempt < ATTEMPTS => attempt += 1,
            done => return done.map_err(Failed::told),
        }
    }
}

async fn try_to_adopt(
    connection: &mut PgConnection,
    tables: &[&'static TableDef],
    wait: Duration,
) -> Result<Vec<&'static TableDef>, Failed> {
    let mut transaction = begin(connection).await?;
    let snapshot = introspect::locked(&mut transaction).await?;
    let adoptions = plan::judge(tables, &snapshot, Dialect::Postgres).map_err(StoreError::Drift)?;
    if adoptions.is_empty() {
        return Ok(Vec::new());
    }
    execute(&mut transaction, ddl::create_catalog()).await?;
    patience(&mut transaction, wait).await?;
    // Values are looked at while others may still read them.
    execute(&mut transaction, ddl::lock(adoptions.iter().map(|adoption| adoption.def), UNWRITTEN)).await?;
    let mut refused = Vec::new();
    for adoption in &adoptions {
        refused.append(&mut unreadable(&mut transaction, adoption).await?);
    }
    if !refused.is_empty() {
        return Err(StoreError::Drift(refused).into());
    }
    for Adoption { def, definition } in &adoptions {
        execute(&mut transaction, ddl::adopt(def)).await?;
        for column in
            def.columns.iter().filter(|column| column.ty.is_media() && definition.column(column.name).is_some())
        {
            execute(&mut transaction, ddl::create_index(def, column)).await?;
        }
        record(&mut transaction, def, definition, 1, &Pending::default()).await?;
    }
    transaction.commit().await?;
    Ok(adoptions.into_iter().map(|adoption| adoption.def).collect())
}

/// The columns of a table that hold values which pxt would not read.
async fn unreadable(transaction: &mut PgConnection, adoption: &Adoption) -> Result<Vec<Difference>, sqlx::Error> {
    let Adoption { def, definition } = adoption;
    let mut refused = Vec::new();
    for column in def.columns.iter().filter(|column| definition.column(column.name).is_some()) {
        let Some(written) = types::is_written(column.ty, &ddl::quoted(column.name)) else { continue };
        let text = format!("SELECT EXISTS (SELECT 1 FROM {} WHERE NOT ({written}))", ddl::quoted(def.name));
        if sqlx::query_scalar(AssertSqlSafe(text)).fetch_one(&mut *transaction).await? {
            refused.push(plan::unreadable(def, column));
        }
    }
    Ok(refused)
}

/// Judges adoptions without one.
pub(super) async fn look(connection: &mut PgConnection, tables: &[&'static TableDef]) -> Result<Look, StoreError> {
    let snapshot = introspect::snapshot(connection).await?;
    let adoptions = plan::judge(tables, &snapshot, Dialect::Postgres).map_err(StoreError::Drift)?;
    let mut refused = Vec::new();
    for adoption in &adoptions {
        refused.append(&mut unreadable(connection, adoption).await.map_err(failure::general)?);
    }
    if !refused.is_empty() {
        return Err(StoreError::Drift(refused));
    }
    Ok(Look::new(snapshot, adoptions.into_iter().map(|Adoption { def, definition }| (def, definition))))
}

/// Changes what the catalog says of a table's backfill.
pub(super) async fn edit_backfill(
    connection: &mut PgConnection,
    table: &TableStatements,
    edit: impl FnOnce(&mut Pending),
) -> Result<(), StoreError> {
    try_to_edit(connection, table, edit).await.map_err(Failed::told)
}

async fn try_to_edit(
    connection: &mut PgConnection,
    table: &TableStatements,
    edit: impl FnOnce(&mut Pending),
) -> Result<(), Failed> {
    let def = table.def();
    let mut transaction = begin(connection).await?;
    // What a newer process waits for is not ours to call done.
    let select = format!("SELECT \"backfill\" FROM \"{CATALOG}\" WHERE \"table\" = $1 AND \"version\" = $2");
    let query = sqlx::query_scalar::<_, Option<String>>(AssertSqlSafe(select)).bind(def.name).bind(table.version());
    let text = query.fetch_optional(&mut *transaction).await.map_err(|error| failure::of_table(error, def))?;
    let changed = || StoreError::SchemaChanged { table: def.name };
    let mut pending = Pending::read(text.ok_or_else(changed)?.as_deref()).ok_or_else(changed)?;
    edit(&mut pending);
    let update = format!("UPDATE \"{CATALOG}\" SET \"backfill\" = $1 WHERE \"table\" = $2");
    let query = sqlx::query(AssertSqlSafe(update)).bind(pending.to_json()).bind(def.name);
    query.execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(())
}

/// Begins a transaction that nobody else's change of the catalog runs beside.
async fn begin(connection: &mut PgConnection) -> Result<Transaction<'_, Postgres>, sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
    // An index takes its time, whatever a statement may take elsewhere.
    execute(&mut transaction, "SET LOCAL statement_timeout = 0".to_owned()).await?;
    patience(&mut transaction, OTHERS).await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *transaction).await?;
    Ok(transaction)
}

/// How long the statements that follow wait for a lock.
async fn patience(transaction: &mut PgConnection, wait: Duration) -> Result<(), sqlx::Error> {
    execute(transaction, format!("SET LOCAL lock_timeout = {}", wait.as_millis().max(1))).await
}

/// Locks the tables that are there, each as far as its changes need it.
async fn lock(transaction: &mut PgConnection, changed: &[&TablePlan], wait: Duration) -> Result<(), sqlx::Error> {
    patience(transaction, wait).await?;
    let there = || changed.iter().filter(|table| !table.changes.contains(&ChangeKind::Table));
    let grows = |table: &&&TablePlan| table.changes.iter().any(|change| matches!(change, ChangeKind::Column(_)));
    let alone: Vec<_> = there().filter(|table| grows(table)).map(|table| table.def).collect();
    let unwritten: Vec<_> = there().filter(|table| !grows(table)).map(|table| table.def).collect();
    for (tables, mode) in [(alone, ALONE), (unwritten, UNWRITTEN)] {
        if !tables.is_empty() {
            execute(transaction, ddl::lock(tables, mode)).await?;
        }
    }
    Ok(())
}

async fn apply(transaction: &mut PgConnection, table: &TablePlan, defaults: &Defaults) -> Result<(), Failed> {
    let def = table.def;
    for change in &table.changes {
        match *change {
            ChangeKind::Table => {
                execute(transaction, ddl::create_table(def)).await?;
                for column in def.columns.iter().filter(|column| column.ty.is_media()) {
                    execute(transaction, ddl::create_index(def, column)).await?;
                }
                for index in own::indexes(def) {
                    execute(transaction, (*index).to_owned()).await?;
                }
            }
            ChangeKind::Column(position) => {
                let column: &ColumnDef = &def.columns[position];
                let default = if column.default { Some(existing(def, position, defaults)?) } else { None };
                execute(transaction, ddl::add_column(def, column, default)).await?;
                if column.ty.is_media() {
                    execute(transaction, ddl::create_index(def, column)).await?;
                }
            }
            // Computed columns take nulls in the database: only the catalog changes.
            ChangeKind::Recompute(_) | ChangeKind::Nullable(_) => {}
        }
    }
    Ok(())
}

/// The value that existing rows get.
fn existing<'d>(def: &'static TableDef, position: usize, defaults: &'d Defaults) -> Result<&'d Value, StoreError> {
    // It is missing when others took the column away since the first comparison.
    let value = defaults.get(&(def.name, position)).ok_or(StoreError::SchemaChanged { table: def.name })?;
    Bind::new(def, position, value.clone()).map(|_| value)
}

async fn record(
    transaction: &mut PgConnection,
    def: &TableDef,
    definition: &Definition,
    version: i64,
    pending: &Pending,
) -> Result<(), sqlx::Error> {
    let text = format!(
        "INSERT INTO \"{CATALOG}\" (\"table\", \"definition\", \"version\", \"backfill\") VALUES ($1, $2, $3, $4) \
         ON CONFLICT (\"table\") DO UPDATE SET \"definition\" = excluded.\"definition\", \
         \"version\" = excluded.\"version\", \"backfill\" = excluded.\"backfill\""
    );
    sqlx::query(AssertSqlSafe(text))
        .bind(def.name)
        .bind(definition.to_json())
        .bind(version)
        .bind(pending.to_json())
        .execute(transaction)
        .await
        .map(drop)
}

async fn execute(connection: &mut PgConnection, text: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(text)).execute(connection).await.map(drop)
}

fn is(error: &sqlx::Error, code: &str) -> bool {
    error.as_database_error().and_then(|report| report.code()).is_some_and(|found| found == code)
}

/// Why it was not done.
enum Failed {
    Database(sqlx::Error),
    Store(StoreError),
}

impl Failed {
    fn told(self) -> StoreError {
        match self {
            Self::Database(error) if is(&error, LOCK_TIMEOUT) => StoreError::Locked,
            Self::Database(error) => failure::general(error),
            Self::Store(error) => error,
        }
    }
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
