//! Takes tables of others into the catalog. They need not be `STRICT`, so that their values are looked at once; pxt itself
//! writes none of a wrong type.

use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteConnection;

use super::migrate::{execute, record, snapshot};
use super::{ddl, failure};
use crate::schema::TableDef;
use crate::store::catalog::Pending;
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
    let adoptions = plan::judge(&tables, &snapshot, Dialect::Sqlite).map_err(StoreError::Drift)?;
    let mut refused = Vec::new();
    for adoption in &adoptions {
        refused.append(&mut unreadable(connection, adoption).await?);
    }
    if !refused.is_empty() {
        return Err(StoreError::Drift(refused));
    }
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

/// The columns of a table that hold values which pxt would not read.
pub(super) async fn unreadable(
    connection: &mut SqliteConnection,
    adoption: &Adoption,
) -> Result<Vec<Difference>, StoreError> {
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
