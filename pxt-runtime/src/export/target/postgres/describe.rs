//! What a table of PostgreSQL looks like, from its catalog.

use std::collections::BTreeMap;

use sqlx::Row as _;
use sqlx::postgres::{PgConnection, PgRow};

use crate::export::target::pairs;
use crate::export::target::statement::quoted;
use crate::export::target::table::{Column, Origin, Server, TargetTable, Type};

/// The table that a name stands for, as the server looks it up.
const TABLE: &str = "SELECT c.oid::int8, n.nspname::text, c.relname::text, c.relkind IN ('r', 'p', 'f'), \
    pg_encoding_to_char(d.encoding) = 'UTF8' \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, pg_database d \
    WHERE c.oid = to_regclass($1)::oid AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND d.datname = current_database()";

/// Its columns, with the types below domains.
const COLUMNS: &str = "WITH RECURSIVE base AS ( \
    SELECT a.attnum, t.oid, t.typname, t.typtype, t.typbasetype, t.typnotnull AS is_set, \
      t.typdefault IS NOT NULL AS has_default, CASE t.typtype WHEN 'd' THEN t.typtypmod ELSE a.atttypmod END AS typmod \
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid \
    WHERE a.attrelid = $1::int8::oid AND a.attnum > 0 AND NOT a.attisdropped \
    UNION ALL \
    SELECT b.attnum, t.oid, t.typname, t.typtype, t.typbasetype, b.is_set OR t.typnotnull, \
      b.has_default OR t.typdefault IS NOT NULL, \
      CASE WHEN t.typtype = 'd' AND t.typtypmod >= 0 THEN t.typtypmod ELSE b.typmod END \
    FROM base b JOIN pg_type t ON t.oid = b.typbasetype WHERE b.typtype = 'd') \
    SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), b.typname::text, format_type(b.oid, -1), \
      b.typtype::text, b.typmod, NOT (a.attnotnull OR b.is_set), a.atthasdef OR b.has_default, a.attidentity::text, \
      a.attgenerated::text \
    FROM base b JOIN pg_attribute a ON a.attrelid = $1::int8::oid AND a.attnum = b.attnum \
    WHERE b.typtype <> 'd' ORDER BY a.attnum";

/// Its unique indexes, a line for each of their columns.
const INDEXES: &str = "SELECT i.indexrelid::int8, i.indisprimary, i.indimmediate, \
      i.indpred IS NOT NULL OR i.indexprs IS NOT NULL, a.attname::text \
    FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, ord) \
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum > 0 \
    WHERE i.indrelid = $1::int8::oid AND i.indisunique AND i.indisvalid AND k.ord <= i.indnkeyatts \
    ORDER BY i.indexrelid, k.ord";

pub(super) async fn table(
    connection: &mut PgConnection,
    schema: Option<&str>,
    table: &str,
) -> Result<Option<TargetTable>, sqlx::Error> {
    let full = |schema: Option<&str>, table: &str| {
        let parts: Vec<_> = schema.into_iter().chain([table]).map(|name| quoted(Server::Postgres, name)).collect();
        parts.join(".")
    };
    let Some(found) = sqlx::query(TABLE).bind(full(schema, table)).fetch_optional(&mut *connection).await? else {
        return Ok(None);
    };
    let oid: i64 = found.try_get(0)?;
    let (schema, table): (String, String) = (found.try_get(1)?, found.try_get(2)?);
    let (is_table, is_unicode): (bool, bool) = (found.try_get(3)?, found.try_get(4)?);
    let columns = sqlx::query(COLUMNS).bind(oid).fetch_all(&mut *connection).await?;
    let columns = columns.iter().map(|row| column(row, is_unicode)).collect::<Result<_, _>>()?;
    let mut described = TargetTable {
        server: Server::Postgres,
        name: format!("{schema}.{table}"),
        quoted: full(Some(&schema), &table),
        is_view: !is_table,
        columns,
        key: Vec::new(),
        is_deferrable: false,
        unique: Vec::new(),
        has_partial: false,
        most_bytes: None,
    };
    let mut indexes: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for row in sqlx::query(INDEXES).bind(oid).fetch_all(&mut *connection).await? {
        let (is_primary, is_immediate, is_partial): (bool, bool, bool) =
            (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
        let name: Option<String> = row.try_get(4)?;
        described.has_partial |= is_partial;
        if let (Some(name), false) = (name, is_partial) {
            if is_primary {
                described.is_deferrable = !is_immediate;
                described.key.push(name);
            } else if is_immediate {
                indexes.entry(row.try_get(0)?).or_default().push(name);
            }
        }
    }
    described.unique = indexes.into_values().collect();
    Ok(Some(described))
}

fn column(row: &PgRow, is_unicode: bool) -> Result<Column, sqlx::Error> {
    let (base, kind): (String, String) = (row.try_get(2)?, row.try_get(4)?);
    let (identity, generated): (String, String) = (row.try_get(8)?, row.try_get(9)?);
    let mut ty = match &*kind {
        "e" => Type::Other(Some(pairs::ENUM)),
        _ => pairs::postgres(&base, &arguments(&base, row.try_get(5)?)),
    };
    if let Type::Text { is_unicode: keeps_all, .. } = &mut ty {
        *keeps_all = is_unicode;
    }
    let origin = match (&*identity, &*generated) {
        ("a", _) => Origin::Generated,
        (_, generated) if !generated.is_empty() => Origin::Generated,
        ("d", _) => Origin::Default,
        _ if row.try_get(7)? => Origin::Default,
        _ => Origin::Row,
    };
    let (name, declared, cast) = (row.try_get(0)?, row.try_get(1)?, row.try_get(3)?);
    Ok(Column { name, ty, declared, cast, is_nullable: row.try_get(6)?, origin })
}

/// What stands in parentheses behind a type, from the number that the catalog makes of it.
fn arguments(base: &str, typmod: i32) -> Vec<u32> {
    let Ok(packed) = u32::try_from(typmod) else { return Vec::new() };
    match base {
        "varchar" | "bpchar" => vec![packed.saturating_sub(4)],
        // A scale has 11 bits, and may be negative: then the number has more digits before the point.
        "numeric" => {
            let packed = packed.saturating_sub(4);
            let (precision, scale) = (packed >> 16, packed & 0x7ff);
            if scale < 1024 { vec![precision, scale] } else { vec![0, 0] }
        }
        _ => vec![packed],
    }
}
