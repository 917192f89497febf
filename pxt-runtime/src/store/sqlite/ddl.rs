//! The texts that make and extend tables in SQLite.
//!
//! Tables are `STRICT`, so that a value of a wrong type is an error and never a surprise.

use std::fmt::Write as _;

use super::bind::Bind;
use crate::schema::{ColumnDef, TableDef};
use crate::store::own::is_own;
use crate::store::sql::sqlite::types::word;
use crate::store::sql::{CATALOG, ERRORS, ROW, VERSION};

/// Each write asks for a table's version, so that it stands before the long texts.
pub(super) fn create_catalog() -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS \"{CATALOG}\" (\"table\" TEXT NOT NULL PRIMARY KEY, \"version\" INTEGER NOT NULL, \
         \"definition\" TEXT NOT NULL, \"backfill\" TEXT) STRICT"
    )
}

pub(super) fn create_table(def: &TableDef) -> String {
    let mut parts: Vec<String> = def.columns.iter().map(|column| declare(column, None)).collect();
    parts.extend(hidden());
    let key: Vec<String> = def.key().map(|position| quoted(def.columns[position].name)).collect();
    if key.is_empty() {
        // A row number that is declared survives `VACUUM`.
        parts.push(format!("\"{ROW}\" INTEGER PRIMARY KEY"));
    } else if def.auto().is_none() {
        parts.push(format!("PRIMARY KEY ({})", key.join(", ")));
    }
    // Rows of ours are found and changed by their keys alone: they need no second tree that leads to them. A number is the tree's own key.
    let kept = if is_own(def) && def.auto().is_none() { "STRICT, WITHOUT ROWID" } else { "STRICT" };
    format!("CREATE TABLE {} ({}) {kept}", quoted(def.name), parts.join(", "))
}

/// The statements that give a table of others the hidden columns.
pub(super) fn adopt(def: &TableDef) -> [String; 2] {
    hidden().map(|column| format!("ALTER TABLE {} ADD COLUMN {column}", quoted(def.name)))
}

fn hidden() -> [String; 2] {
    [format!("\"{VERSION}\" INTEGER NOT NULL DEFAULT 1"), format!("\"{ERRORS}\" TEXT")]
}

/// Adds a column; rows that exist get `default`.
pub(super) fn add_column(def: &TableDef, column: &ColumnDef, default: Option<&Bind>) -> String {
    format!("ALTER TABLE {} ADD COLUMN {}", quoted(def.name), declare(column, default))
}

/// The index of a media column, by which the sweep asks what is in use.
pub(super) fn create_index(def: &TableDef, column: &ColumnDef) -> String {
    let name = quoted(&format!("_pxt_media.{}.{}", def.name, column.name));
    format!("CREATE INDEX IF NOT EXISTS {name} ON {} ({})", quoted(def.name), quoted(column.name))
}

fn declare(column: &ColumnDef, default: Option<&Bind>) -> String {
    let mut text = format!("{} {}", quoted(column.name), word(column.ty));
    if column.auto {
        text.push_str(" PRIMARY KEY AUTOINCREMENT");
    } else if !column.nullable && column.computed.is_none() {
        text.push_str(" NOT NULL");
    }
    if let Some(default) = default {
        text.push_str(" DEFAULT ");
        text.push_str(&literal(default));
    }
    text
}

pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A value in the text itself: a definition cannot have parameters.
fn literal(bind: &Bind) -> String {
    match bind {
        Bind::Null => "NULL".to_owned(),
        Bind::Int(value) => value.to_string(),
        Bind::Real(value) => format!("{value:e}"),
        Bind::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Bind::Blob(bytes) => {
            let hex = bytes.iter().fold(String::new(), |mut hex, byte| {
                // Writing to a `String` does not fail.
                let _ = write!(hex, "{byte:02X}");
                hex
            });
            format!("X'{hex}'")
        }
    }
}
