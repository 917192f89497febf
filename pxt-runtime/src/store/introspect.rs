//! The tables of a database as plain data, whoever made them: what a program that writes structs of them needs.

use super::catalog::{Definition, Existing, Physical, Snapshot, type_of};
use super::sql::{Dialect, HIDDEN};
use crate::schema::ColumnType;

/// A table as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExistingTable {
    /// Its name.
    pub name: String,
    /// Whether it is in the catalog: made by pxt, or adopted.
    pub known: bool,
    /// Its columns in the database's order, without those that pxt keeps for itself.
    pub columns: Vec<ExistingColumn>,
}

/// A column as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExistingColumn {
    /// Its name.
    pub name: String,
    /// Its type in the database's words: `character varying(20)`.
    pub database_type: String,
    /// What it can be declared as, or why it cannot: `rounds numbers to 32 bits: make it double precision`.
    pub ty: Result<ColumnType, String>,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether it belongs to the primary key.
    pub primary_key: bool,
    /// Whether the database numbers it.
    pub auto: bool,
    /// Whether the database has a value for a row that brings none, by number, by default or by a formula.
    pub default: bool,
    /// The call behind a computed column, as it was declared.
    pub computed: Option<String>,
}

/// All tables, by name; no views.
pub(super) fn tables(snapshot: &Snapshot, dialect: Dialect) -> Vec<ExistingTable> {
    let ours = |existing: &&Existing| existing.table && !existing.name.starts_with(HIDDEN);
    let table = |existing: &Existing| {
        let entry = snapshot.entries.get(&existing.name);
        let definition = entry.and_then(|entry| serde_json::from_str::<Definition>(&entry.definition).ok());
        let shown = existing.columns.iter().filter(|there| !there.name.starts_with(HIDDEN));
        ExistingTable {
            name: existing.name.clone(),
            known: entry.is_some(),
            columns: shown.map(|there| column(there, definition.as_ref(), dialect)).collect(),
        }
    };
    snapshot.existing().filter(ours).map(table).collect()
}

/// What the catalog says of a column is more than the database knows: the length of an array, the kind of a file.
fn column(there: &Physical, definition: Option<&Definition>, dialect: Dialect) -> ExistingColumn {
    let declared = definition.and_then(|definition| definition.column(&there.name));
    let ty = match declared.and_then(|declared| type_of(&declared.ty)) {
        Some(ty) => Ok(ty),
        None => dialect.declared_as(&there.ty).map_err(str::to_owned),
    };
    ExistingColumn {
        name: there.name.clone(),
        database_type: there.ty.clone(),
        ty,
        nullable: declared.map_or(!there.not_null, |declared| declared.nullable),
        primary_key: there.key,
        auto: declared.map_or(there.numbered && there.key, |declared| declared.auto),
        default: there.filled,
        computed: declared.and_then(|declared| declared.computed.clone()),
    }
}
