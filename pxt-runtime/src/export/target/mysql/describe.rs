//! What a table of MySQL or MariaDB looks like, from its information schema.

use std::collections::BTreeMap;

use sqlx::Row as _;
use sqlx::mysql::{MySqlConnection, MySqlRow};

use crate::export::target::pairs;
use crate::export::target::statement::quoted;
use crate::export::target::table::{Column, Origin, Server, TargetTable, Type};

/// Casts, since servers differ in what types their information schema has.
const TABLE: &str = "SELECT CAST(table_schema AS CHAR), CAST(table_name AS CHAR), CAST(table_type AS CHAR), \
    CAST(VERSION() AS CHAR), CAST(@@max_allowed_packet AS CHAR) \
    FROM information_schema.tables WHERE table_schema = COALESCE(?, DATABASE()) AND table_name = ?";

const COLUMNS: &str = "SELECT CAST(column_name AS CHAR), CAST(column_type AS CHAR), CAST(is_nullable AS CHAR), \
    CAST(column_default AS CHAR), CAST(extra AS CHAR), CAST(generation_expression AS CHAR), \
    CAST(character_set_name AS CHAR) \
    FROM information_schema.columns WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position";

/// Columns of unique indexes; those of beginnings or expressions are null.
const INDEXES: &str = "SELECT CAST(index_name AS CHAR), CASE WHEN sub_part IS NULL THEN CAST(column_name AS CHAR) END \
    FROM information_schema.statistics WHERE table_schema = ? AND table_name = ? AND non_unique = 0 \
    ORDER BY index_name, seq_in_index";

/// MariaDB's JSON is text with such a check.
const CHECKS: &str = "SELECT CAST(check_clause AS CHAR) FROM information_schema.check_constraints \
    WHERE constraint_schema = ? AND table_name = ?";

/// Character sets that have all characters.
const UNICODE: [&str; 4] = ["utf8mb4", "utf16", "utf16le", "utf32"];

pub(super) async fn table(
    connection: &mut MySqlConnection,
    schema: Option<&str>,
    table: &str,
) -> Result<Option<TargetTable>, sqlx::Error> {
    let found = sqlx::query(TABLE).bind(schema).bind(table).fetch_optional(&mut *connection).await?;
    let Some(found) = found else { return Ok(None) };
    let (schema, table): (String, String) = (found.try_get(0)?, found.try_get(1)?);
    let (form, version, packet): (String, String, String) = (found.try_get(2)?, found.try_get(3)?, found.try_get(4)?);
    let mut checks = Vec::new();
    if version.contains("MariaDB") {
        let rows = sqlx::query(CHECKS).bind(&schema).bind(&table).fetch_all(&mut *connection).await?;
        checks = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, _>>()?;
    }
    let columns = sqlx::query(COLUMNS).bind(&schema).bind(&table).fetch_all(&mut *connection).await?;
    let columns = columns.iter().map(|row| column(row, &checks)).collect::<Result<_, _>>()?;
    let mut described = TargetTable {
        server: Server::Mysql,
        name: format!("{schema}.{table}"),
        quoted: format!("{}.{}", quoted(Server::Mysql, &schema), quoted(Server::Mysql, &table)),
        is_view: !matches!(&*form, "BASE TABLE" | "SYSTEM VERSIONED"),
        columns,
        key: Vec::new(),
        is_deferrable: false,
        unique: Vec::new(),
        has_partial: false,
        // What is around the values of a statement takes room, too.
        most_bytes: packet.parse::<u64>().ok().map(|packet| packet.saturating_sub(64 * 1024).max(packet / 2)),
    };
    let mut indexes: BTreeMap<String, Vec<Option<String>>> = BTreeMap::new();
    for row in sqlx::query(INDEXES).bind(&schema).bind(&table).fetch_all(&mut *connection).await? {
        indexes.entry(row.try_get(0)?).or_default().push(row.try_get(1)?);
    }
    for (name, columns) in indexes {
        match columns.into_iter().collect::<Option<Vec<_>>>() {
            Some(columns) if name == "PRIMARY" => described.key = columns,
            Some(columns) => described.unique.push(columns),
            None => described.has_partial = true,
        }
    }
    Ok(Some(described))
}

fn column(row: &MySqlRow, checks: &[String]) -> Result<Column, sqlx::Error> {
    let (name, declared): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    let (is_nullable, default): (String, Option<String>) = (row.try_get(2)?, row.try_get(3)?);
    let (extra, expression): (String, Option<String>) = (row.try_get(4)?, row.try_get(5)?);
    let set: Option<String> = row.try_get(6)?;
    let lower = declared.to_ascii_lowercase();
    let (word, numbers) = pairs::parts(&lower);
    let mut ty = pairs::mysql(word, &numbers, lower.contains("unsigned"));
    let is_checked =
        checks.iter().any(|check| check.to_ascii_lowercase() == format!("json_valid(`{}`)", name.to_ascii_lowercase()));
    if let Type::Text { is_unicode, .. } = &mut ty {
        *is_unicode = set.is_some_and(|set| UNICODE.contains(&&*set));
        if word == "longtext" && is_checked && *is_unicode {
            ty = Type::Json;
        }
    }
    let extra = extra.to_ascii_lowercase();
    // `DEFAULT_GENERATED` is a default of MySQL.
    let is_generated = expression.is_some_and(|expression| !expression.is_empty())
        || extra.contains("virtual generated")
        || extra.contains("stored generated");
    let has_default = default.is_some_and(|default| default != "NULL") || extra.contains("auto_increment");
    let origin = match (is_generated, has_default) {
        (true, _) => Origin::Generated,
        (_, true) => Origin::Default,
        _ => Origin::Row,
    };
    Ok(Column { name, ty, declared, cast: String::new(), is_nullable: is_nullable == "YES", origin })
}
