//! What is in the database: the tables of the current schema, which is the first of the connection's `search_path` that
//! exists, and the catalog.

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

use super::failure;
use crate::store::StoreError;
use crate::store::catalog::{Entry, Physical, Snapshot};
use crate::store::sql::{CATALOG, Dialect};

/// A table without columns has one row here, without a column. A collation is part of the type where it takes texts for
/// the same that differ. What is `GENERATED ALWAYS`, as identity or not, is the database's own.
const COLUMNS: &str = r#"
SELECT c.relname::text AS "table", c.relkind IN ('r', 'p') AS "is_table", a.attname::text AS "name",
    format_type(a.atttypid, a.atttypmod) || coalesce(' COLLATE ' || quote_ident(l.collname), '') AS "type",
    a.attnotnull AS "not_null", coalesce(a.attnum = ANY (i.indkey), FALSE) AS "key",
    a.atthasdef OR a.attidentity <> '' AS "filled",
    a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', FALSE) AS "numbered",
    a.attgenerated <> '' OR a.attidentity = 'a' AS "generated"
FROM pg_class AS c
LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
LEFT JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
LEFT JOIN pg_collation AS l ON l.oid = a.attcollation AND NOT l.collisdeterministic
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND c.relnamespace = (SELECT n.oid FROM pg_namespace AS n WHERE n.nspname = current_schema())
ORDER BY c.relname, a.attnum"#;

/// What the catalog and the database hold, as of one moment: another node may migrate between two questions.
///
/// # Errors
/// [`StoreError::Url`] when no schema of the `search_path` exists; and those of reading.
pub(super) async fn snapshot(connection: &mut PgConnection) -> Result<Snapshot, StoreError> {
    let moment = connection.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await;
    let mut moment = moment.map_err(failure::general)?;
    let snapshot = locked(&mut moment).await?;
    moment.rollback().await.map_err(failure::general)?;
    Ok(snapshot)
}

/// The same, where nobody else can migrate.
pub(super) async fn locked(connection: &mut PgConnection) -> Result<Snapshot, StoreError> {
    let schema = sqlx::query_scalar::<_, Option<String>>("SELECT current_schema()::text").fetch_one(&mut *connection);
    if schema.await.map_err(failure::general)?.is_none() {
        return Err(StoreError::Url(
            "the database's `search_path` names no schema that exists: make one, or name another by \
             `?options=-csearch_path%3Dname` in the URL"
                .to_owned(),
        ));
    }
    read(connection).await.map_err(failure::general)
}

async fn read(connection: &mut PgConnection) -> Result<Snapshot, sqlx::Error> {
    let mut snapshot = Snapshot::new(Dialect::Postgres);
    for row in sqlx::query(COLUMNS).fetch_all(&mut *connection).await? {
        let name: String = row.try_get("table")?;
        snapshot.column(&name, row.try_get("is_table")?, physical(&row)?);
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

fn physical(row: &PgRow) -> Result<Option<Physical>, sqlx::Error> {
    let Some(name) = row.try_get::<Option<String>, _>("name")? else { return Ok(None) };
    Ok(Some(Physical {
        name,
        ty: row.try_get("type")?,
        not_null: row.try_get("not_null")?,
        key: row.try_get("key")?,
        filled: row.try_get("filled")?,
        numbered: row.try_get("numbered")?,
        generated: row.try_get("generated")?,
    }))
}
