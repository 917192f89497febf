//! Reads and writes the catalog, and carries out what the comparison planned.

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row as _};

use super::bind::Bind;
use super::{ddl, failure};
use crate::schema::{Schema, TableDef};
use crate::store::catalog::{Definition, Entry, Pending, Physical, Snapshot};
use crate::store::plan::{Defaults, Plan, TablePlan};
use crate::store::sql::{CATALOG, Dialect};
use crate::store::{ChangeKind, StoreError, TableStatements, own};

/// What the catalog and the database hold. A table that numbers its rows by its key has no index for it, and takes no
/// nulls there; virtual tables and what stands behind them are nobody's.
pub(super) async fn snapshot(connection: &mut SqliteConnection) -> Result<Snapshot, sqlx::Error> {
    let mut snapshot = Snapshot::new(Dialect::Sqlite);
    let columns = "SELECT t.\"name\", t.\"type\" = 'table' AND t.\"name\" NOT LIKE 'sqlite!_%' ESCAPE '!' AS \"is_table\", \
                   c.\"name\", c.\"type\", c.\"notnull\", c.\"pk\" > 0, \
                   c.\"dflt_value\" IS NOT NULL OR c.\"hidden\" > 1, c.\"hidden\" > 1, \
                   c.\"pk\" > 0 AND upper(c.\"type\") = 'INTEGER' AND NOT t.\"wr\" AND NOT EXISTS \
                   (SELECT 1 FROM pragma_index_list(t.\"name\") AS i WHERE i.\"origin\" = 'pk') \
                   FROM pragma_table_list AS t, pragma_table_xinfo(t.\"name\") AS c WHERE t.\"schema\" = 'main'";
    for row in sqlx::query(columns).fetch_all(&mut *connection).await? {
        let numbered: bool = row.try_get(8)?;
        let physical = Physical {
            name: row.try_get(2)?,
            ty: row.try_get(3)?,
            not_null: row.try_get::<bool, _>(4)? || numbered,
            key: row.try_get(5)?,
            filled: row.try_get::<bool, _>(6)? || numbered,
            generated: row.try_get(7)?,
            numbered,
        };
        snapshot.column(row.try_get(0)?, row.try_get(1)?, Some(physical));
    }
    if snapshot.physical(CATALOG).is_some() {
        let entries = format!("SELECT \"table\", \"definition\", \"version\", \"backfill\" FROM \"{CATALOG}\"");
        for row in sqlx::query(AssertSqlSafe(entries)).fetch_all(&mut *connection).await? {
            let entry = Entry { definition: row.try_get(1)?, version: row.try_get(2)?, backfill: row.try_get(3)? };
            snapshot.entries.insert(row.try_get(0)?, entry);
        }
    }
    Ok(snapshot)
}

/// Compares again under the write lock, then applies everything in one transaction.
///
/// Several processes may start together: the second one finds nothing left to do.
pub(super) async fn migrate(
    connection: &mut SqliteConnection,
    schema: &'static Schema,
    defaults: Defaults,
) -> Result<Plan, StoreError> {
    // Whoever gave us the connection rolls back what an error leaves open.
    execute(connection, "BEGIN IMMEDIATE".to_owned()).await?;
    let snapshot = snapshot(connection).await.map_err(failure::general)?;
    let plan = Plan::new(schema, &snapshot, Dialect::Sqlite);
    if !plan.refused.is_empty() {
        return Err(StoreError::Drift(plan.refused));
    }
    execute(connection, ddl::create_catalog()).await?;
    for table in plan.tables.iter().filter(|table| !table.changes.is_empty()) {
        apply(connection, table, &defaults).await?;
        record(connection, table.def, &Definition::of(table.def), table.version, &table.pending).await?;
    }
    execute(connection, "COMMIT".to_owned()).await?;
    Ok(plan)
}

async fn apply(connection: &mut SqliteConnection, table: &TablePlan, defaults: &Defaults) -> Result<(), StoreError> {
    let def = table.def;
    for change in &table.changes {
        match *change {
            ChangeKind::Table => {
                execute(connection, ddl::create_table(def)).await?;
                for column in def.columns.iter().filter(|column| column.ty.is_media()) {
                    execute(connection, ddl::create_index(def, column)).await?;
                }
                for index in own::indexes(def) {
                    execute(connection, (*index).to_owned()).await?;
                }
            }
            ChangeKind::Column(position) => {
                let column = &def.columns[position];
                let default = if column.default { Some(existing(def, position, defaults)?) } else { None };
                execute(connection, ddl::add_column(def, column, default.as_ref())).await?;
                if column.ty.is_media() {
                    execute(connection, ddl::create_index(def, column)).await?;
                }
            }
            // Computed columns take nulls in the database: only the catalog changes.
            ChangeKind::Recompute(_) | ChangeKind::Nullable(_) => {}
        }
    }
    Ok(())
}

/// The value that existing rows get.
fn existing(def: &'static TableDef, position: usize, defaults: &Defaults) -> Result<Bind, StoreError> {
    // It is missing when others took the column away since the first comparison.
    let value = defaults.get(&(def.name, position)).ok_or(StoreError::SchemaChanged { table: def.name })?;
    Bind::new(def, position, value.clone())
}

pub(super) async fn record(
    connection: &mut SqliteConnection,
    def: &TableDef,
    definition: &Definition,
    version: i64,
    pending: &Pending,
) -> Result<(), StoreError> {
    let text = format!(
        "INSERT OR REPLACE INTO \"{CATALOG}\" (\"table\", \"definition\", \"version\", \"backfill\") VALUES (?, ?, ?, ?)"
    );
    sqlx::query(AssertSqlSafe(text))
        .bind(def.name)
        .bind(definition.to_json())
        .bind(version)
        .bind(pending.to_json())
        .execute(connection)
        .await
        .map(drop)
        .map_err(failure::general)
}

/// Changes what the catalog says of a table's backfill.
pub(super) async fn edit_backfill(
    connection: &mut SqliteConnection,
    table: &TableStatements,
    edit: impl FnOnce(&mut Pending),
) -> Result<(), StoreError> {
    let def = table.def();
    execute(connection, "BEGIN IMMEDIATE".to_owned()).await?;
    // What a newer process waits for is not ours to call done.
    let select = format!("SELECT \"backfill\" FROM \"{CATALOG}\" WHERE \"table\" = ? AND \"version\" = ?");
    let query = sqlx::query_scalar::<_, Option<String>>(AssertSqlSafe(select)).bind(def.name).bind(table.version());
    let text = query.fetch_optional(&mut *connection).await.map_err(|error| failure::of_table(error, def))?;
    let changed = || StoreError::SchemaChanged { table: def.name };
    let mut pending = Pending::read(text.ok_or_else(changed)?.as_deref()).ok_or_else(changed)?;
    edit(&mut pending);
    let update = format!("UPDATE \"{CATALOG}\" SET \"backfill\" = ? WHERE \"table\" = ?");
    let query = sqlx::query(AssertSqlSafe(update)).bind(pending.to_json()).bind(def.name);
    query.execute(&mut *connection).await.map_err(|error| failure::of_table(error, def))?;
    execute(connection, "COMMIT".to_owned()).await
}

pub(super) async fn execute(connection: &mut SqliteConnection, text: String) -> Result<(), StoreError> {
    sqlx::raw_sql(AssertSqlSafe(text)).execute(connection).await.map(drop).map_err(failure::general)
}
