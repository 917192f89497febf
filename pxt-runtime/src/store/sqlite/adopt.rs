//! Takes tables of others into the catalog. They need not be `STRICT`, so that their values are looked at once; pxt itself
//! writes none of a wrong type.

use std::time::Duration;

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use super::file::log_of;
use super::migrate::{execute, record, snapshot};
use super::{ddl, failure, location, unchanged};
use crate::schema::TableDef;
use crate::store::catalog::{Definition, Pending, Snapshot};
use crate::store::plan::{self, Adoption};
use crate::store::sql::Dialect;
use crate::store::sql::sqlite::types;
use crate::store::{Difference, StoreError};

/// Adopts those of the tables that are in the database and not in the catalog, in one transaction.
pub(super) async fn adopt(
    connection: &mut SqliteConnection,
    tables: Vec<&'static TableDef>,
) -> Result<Vec<&'static TableDef>, StoreError> {
    // Whoever gave us the connection rolls back what an error leaves open.
    execute(connection, "BEGIN IMMEDIATE".to_owned()).await?;
    let snapshot = snapshot(connection).await.map_err(failure::general)?;
    let adoptions = judge(connection, &snapshot, &tables).await?;
    execute(connection, ddl::create_catalog()).await?;
    for Adoption { def, definition } in &adoptions {
        for text in ddl::adopt(def) {
            execute(connection, text).await?;
        }
        let there = |name| definition.column(name).is_some();
        for column in def.columns.iter().filter(|column| column.ty.is_media() && there(column.name)) {
            execute(connection, ddl::create_index(def, column)).await?;
        }
        record(connection, def, definition, 1, &Pending::default()).await?;
    }
    execute(connection, "COMMIT".to_owned()).await?;
    Ok(adoptions.into_iter().map(|adoption| adoption.def).collect())
}

/// What a file that is there holds, and which of the tables a start would adopt. Nothing is changed.
pub(in crate::store) async fn look(
    url: &str,
    wait: Duration,
    tables: &[&'static TableDef],
) -> Result<(Snapshot, Vec<(&'static TableDef, Definition)>), StoreError> {
    let path = location::path(url)?;
    let opening = |error| failure::opening(error, &path);
    let mut connection = unchanged::options(&path, &log_of(&path), wait).connect().await.map_err(opening)?;
    let snapshot = snapshot(&mut connection).await.map_err(opening)?;
    let adoptions = judge(&mut connection, &snapshot, tables).await?;
    connection.close().await.map_err(failure::general)?;
    Ok((snapshot, adoptions.into_iter().map(|adoption| (adoption.def, adoption.definition)).collect()))
}

/// Those of the tables that are in the file and not in the catalog, if all of them can be adopted.
async fn judge(
    connection: &mut SqliteConnection,
    snapshot: &Snapshot,
    tables: &[&'static TableDef],
) -> Result<Vec<Adoption>, StoreError> {
    let adoptions = plan::judge(tables, snapshot, Dialect::Sqlite).map_err(StoreError::Drift)?;
    let mut refused = Vec::new();
    for adoption in &adoptions {
        refused.append(&mut unreadable(connection, adoption).await?);
    }
    if refused.is_empty() { Ok(adoptions) } else { Err(StoreError::Drift(refused)) }
}

/// The columns of a table that hold values which pxt would not read.
async fn unreadable(connection: &mut SqliteConnection, adoption: &Adoption) -> Result<Vec<Difference>, StoreError> {
    let Adoption { def, definition } = adoption;
    let mut refused = Vec::new();
    for column in def.columns.iter().filter(|column| definition.column(column.name).is_some()) {
        let (name, table) = (ddl::quoted(column.name), ddl::quoted(def.name));
        let written = types::is_written(column.ty, &name);
        let text = format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE {name} IS NOT NULL AND NOT ({written}))");
        let query = sqlx::query_scalar(AssertSqlSafe(text)).fetch_one(&mut *connection);
        if query.await.map_err(failure::general)? {
            refused.push(plan::unreadable(def, column));
        }
    }
    Ok(refused)
}
