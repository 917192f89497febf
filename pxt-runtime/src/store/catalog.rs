//! What the catalog knows of a table, in text that outlives this version of the code.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Cursor;
use crate::schema::{ColumnDef, ColumnType, Element, TableDef};

/// What the database says: its catalog, and the tables that are really there.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    /// The catalog's entries, by table.
    pub(super) entries: HashMap<String, Entry>,
    /// The columns of all tables, by name as [`Snapshot::fold`] writes it.
    pub(super) tables: HashMap<String, Vec<Physical>>,
}

/// One row of the catalog.
#[derive(Debug)]
pub(super) struct Entry {
    /// A [`Definition`] as JSON.
    pub(super) definition: String,
    /// Grows by one with each change of the table, from 1.
    pub(super) version: i64,
    /// A [`Pending`] as JSON.
    pub(super) backfill: Option<String>,
}

/// A column as the database has it.
#[derive(Debug)]
pub(super) struct Physical {
    pub(super) name: String,
    pub(super) ty: String,
    pub(super) not_null: bool,
    pub(super) key: bool,
    /// Whether the database itself has a value for a row that brings none.
    pub(super) filled: bool,
}

/// A table as it was declared when its rows were last made to fit.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Definition {
    pub(super) columns: Vec<Column>,
}

/// A column as it was declared.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Column {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) ty: String,
    pub(super) nullable: bool,
    pub(super) key: bool,
    pub(super) auto: bool,
    /// The call, for a computed column.
    pub(super) computed: Option<String>,
}

/// Computed columns that rows still wait for.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pending {
    pub(super) columns: Vec<String>,
    /// The [`Cursor`] up to which rows are done.
    pub(super) after: Option<Box<RawValue>>,
}

impl Snapshot {
    /// Names that the database takes for the same have the same folded form.
    pub(super) fn fold(name: &str) -> String {
        name.to_ascii_lowercase()
    }

    pub(super) fn physical(&self, table: &str) -> Option<&[Physical]> {
        self.tables.get(&Self::fold(table)).map(Vec::as_slice)
    }
}

impl Definition {
    pub(super) fn of(def: &TableDef) -> Self {
        Self { columns: def.columns.iter().map(Column::of).collect() }
    }

    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    pub(super) fn to_json(&self) -> String {
        json(self)
    }
}

impl Column {
    fn of(column: &ColumnDef) -> Self {
        Self {
            name: column.name.to_owned(),
            ty: type_text(column.ty),
            nullable: column.nullable,
            key: column.primary_key,
            auto: column.auto,
            computed: column.computed.as_ref().map(|computed| computed.call.to_owned()),
        }
    }
}

impl Pending {
    /// Positions of the columns, ascending, as far as they are still declared.
    pub(super) fn positions(&self, def: &TableDef) -> Vec<usize> {
        let named = |(_, column): &(usize, &ColumnDef)| self.columns.iter().any(|name| name == column.name);
        def.columns.iter().enumerate().filter(named).map(|(position, _)| position).collect()
    }

    pub(super) fn cursor(&self, def: &TableDef) -> Option<Cursor> {
        Cursor::from_json(def, self.after.as_deref()?)
    }

    /// Adds columns that no row has a value for yet.
    pub(super) fn add(&mut self, def: &TableDef, positions: &[usize]) {
        for &position in positions {
            let name = def.columns[position].name;
            if !self.columns.iter().any(|known| known == name) {
                self.columns.push(name.to_owned());
            }
            self.after = None;
        }
    }

    /// Takes columns away that all rows have values for. How far others are is not known then.
    pub(super) fn remove(&mut self, def: &TableDef, positions: &[usize]) {
        self.columns.retain(|name| !positions.iter().any(|&position| def.columns[position].name == name));
        self.after = None;
    }

    pub(super) fn read(text: Option<&str>) -> Option<Self> {
        text.map_or_else(|| Some(Self::default()), |text| serde_json::from_str(text).ok())
    }

    /// None when nothing is pending.
    pub(super) fn to_json(&self) -> Option<String> {
        (!self.columns.is_empty()).then(|| json(self))
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("structs of text and flags always serialize")
}

/// The type in full: the length of an array belongs to it.
pub(super) fn type_text(ty: ColumnType) -> String {
    let ColumnType::Array(element, len) = ty else { return ty.word().to_owned() };
    let element = match element {
        Element::F32 => "f32",
        Element::F64 => "f64",
        Element::I64 => "i64",
        Element::Bool => "bool",
    };
    format!("array({element}, {len})")
}
