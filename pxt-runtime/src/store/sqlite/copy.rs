//! The tables of a file in another, without their rows: what a dry run makes its changes to.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};

use super::file::log_of;
use super::{failure, location, unchanged};
use crate::store::StoreError;
use crate::store::sql::CATALOG;

/// Makes the tables, views and indexes of the file at `url` in a new one, and what the catalog says of them. Nothing is changed in
/// the first. What cannot be made, such as a table of an extension that is not here, is left out.
pub(in crate::store) async fn copy(url: &str, to: &Path, wait: Duration) -> Result<(), StoreError> {
    let path = location::path(url)?;
    let opening = |error| failure::opening(error, &path);
    let mut from = unchanged::options(&path, &log_of(&path), wait).connect().await.map_err(opening)?;
    let options = SqliteConnectOptions::new().filename(to).create_if_missing(true).disable_statement_logging();
    let mut copy = options.connect().await.map_err(|error| failure::opening(error, to))?;
    let made = "SELECT \"sql\" FROM \"sqlite_schema\" WHERE \"sql\" IS NOT NULL AND \"name\" NOT LIKE 'sqlite!_%' ESCAPE '!' \
                ORDER BY \"type\" <> 'table', \"rowid\"";
    for text in sqlx::query_scalar::<_, String>(made).fetch_all(&mut from).await.map_err(opening)? {
        if let Err(error) = sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut copy).await {
            tracing::debug!(%error, "left out of a copy");
        }
    }
    copy_catalog(&mut from, &mut copy).await.map_err(failure::general)?;
    from.close().await.map_err(failure::general)?;
    copy.close().await.map_err(failure::general)
}

async fn copy_catalog(from: &mut SqliteConnection, copy: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let is_there = "SELECT EXISTS (SELECT 1 FROM \"sqlite_schema\" WHERE \"name\" = $1)";
    if !sqlx::query_scalar::<_, bool>(is_there).bind(CATALOG).fetch_one(&mut *from).await? {
        return Ok(());
    }
    let rows = format!("SELECT \"table\", \"definition\", \"version\", \"backfill\" FROM \"{CATALOG}\"");
    let row = format!(
        "INSERT INTO \"{CATALOG}\" (\"table\", \"definition\", \"version\", \"backfill\") VALUES ($1, $2, $3, $4)"
    );
    for found in sqlx::query(AssertSqlSafe(rows)).fetch_all(from).await? {
        let (table, definition): (String, String) = (found.try_get(0)?, found.try_get(1)?);
        let (version, backfill): (i64, Option<String>) = (found.try_get(2)?, found.try_get(3)?);
        let insert = sqlx::query(AssertSqlSafe(row.clone())).bind(table).bind(definition).bind(version).bind(backfill);
        insert.execute(&mut *copy).await?;
    }
    Ok(())
}
