//! What a table of a SQLite file looks like.

use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use crate::export::target::pairs;
use crate::export::target::statement::quoted;
use crate::export::target::table::{Column, Origin, Server, TargetTable, Type};

const TABLE: &str = "SELECT m.name, m.type, m.sql, l.wr FROM main.sqlite_schema m JOIN pragma_table_list l \
    ON l.schema = 'main' AND l.name = m.name WHERE m.name = ? COLLATE NOCASE AND m.type IN ('table', 'view')";
const COLUMNS: &str = "SELECT name, type, \"notnull\", dflt_value IS NOT NULL, pk, hidden FROM pragma_table_xinfo(?, 'main') \
    ORDER BY cid";
const INDEXES: &str = "SELECT name, partial FROM pragma_index_list(?, 'main') WHERE \"unique\" = 1 AND origin <> 'pk'";
const INDEX: &str = "SELECT name FROM pragma_index_info(?, 'main') ORDER BY seqno";

pub(super) async fn table(
    connection: &mut SqliteConnection,
    schema: Option<&str>,
    table: &str,
) -> Result<Option<TargetTable>, sqlx::Error> {
    // A file has one schema.
    if schema.is_some_and(|schema| !schema.eq_ignore_ascii_case("main")) {
        return Ok(None);
    }
    let Some(found) = sqlx::query(TABLE).bind(table).fetch_optional(&mut *connection).await? else { return Ok(None) };
    let (name, form): (String, String) = (found.try_get(0)?, found.try_get(1)?);
    let (text, has_no_rowid): (Option<String>, bool) = (found.try_get(2)?, found.try_get(3)?);
    let text: String = text.unwrap_or_default().to_lowercase().split_whitespace().collect();
    let (mut columns, mut key) = (Vec::new(), Vec::new());
    for row in sqlx::query(COLUMNS).bind(&name).fetch_all(&mut *connection).await? {
        let (column, place, hidden): (String, i64, i64) = (row.try_get(0)?, row.try_get(4)?, row.try_get(5)?);
        let declared: String = row.try_get(1)?;
        let (is_set, has_default): (bool, bool) = (row.try_get(2)?, row.try_get(3)?);
        if place > 0 {
            key.push((place, column.clone(), declared.clone()));
        }
        let origin = match (hidden, has_default) {
            (0, true) => Origin::Default,
            (0, false) => Origin::Row,
            _ => Origin::Generated,
        };
        let ty = ty(&declared, &column, &text);
        let cast = String::new();
        columns.push(Column { name: column, ty, declared, cast, is_nullable: !is_set, origin });
    }
    key.sort_unstable();
    // An integer that is the key alone is numbered by SQLite.
    if let [(_, column, declared)] = &key[..]
        && declared.eq_ignore_ascii_case("integer")
        && !has_no_rowid
    {
        columns.iter_mut().filter(|other| other.name == *column).for_each(|column| column.origin = Origin::Default);
    }
    let mut unique = Vec::new();
    let mut has_partial = false;
    for row in sqlx::query(INDEXES).bind(&name).fetch_all(&mut *connection).await? {
        let (index, is_partial): (String, bool) = (row.try_get(0)?, row.try_get(1)?);
        let parts = sqlx::query(INDEX).bind(index).fetch_all(&mut *connection).await?;
        let parts = parts.iter().map(|row| row.try_get(0)).collect::<Result<Vec<Option<String>>, _>>()?;
        match parts.into_iter().collect::<Option<Vec<_>>>() {
            Some(columns) if !is_partial => unique.push(columns),
            _ => has_partial = true,
        }
    }
    Ok(Some(TargetTable {
        server: Server::Sqlite,
        quoted: format!("main.{}", quoted(Server::Sqlite, &name)),
        name,
        is_view: form == "view",
        columns,
        key: key.into_iter().map(|(_, column, _)| column).collect(),
        is_deferrable: false,
        unique,
        has_partial,
        most_bytes: None,
    }))
}

/// The type of a column: by its declaration, or JSON where the table checks that it is (`json_valid(column)`).
fn ty(declared: &str, column: &str, table: &str) -> Type {
    let upper = declared.to_uppercase();
    let word = upper.split('(').next().unwrap_or_default().trim();
    let ty = pairs::sqlite(word);
    let column: String = column.to_lowercase().split_whitespace().collect();
    let forms = [column.clone(), format!("\"{column}\""), format!("`{column}`"), format!("[{column}]")];
    let is_checked = forms.iter().any(|form| table.contains(&format!("json_valid({form})")));
    if matches!(ty, Type::Text { .. }) && is_checked { Type::Json } else { ty }
}
