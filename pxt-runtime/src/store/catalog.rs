//! What the catalog knows of a table, in text that outlives this version of the code.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Cursor;
use super::sql::Dialect;
use crate::schema::{ColumnDef, ColumnType, Element, TableDef};

/// What the database says: its catalog, and the tables that are really there.
#[derive(Debug)]
pub(super) struct Snapshot {
    dialect: Dialect,
    /// The catalog's entries, by table.
    pub(super) entries: HashMap<String, Entry>,
    /// All tables and views, by name as the database tells names apart.
    tables: BTreeMap<String, Existing>,
}

/// A table, or a view, as the database has it.
#[derive(Debug)]
pub(super) struct Existing {
    pub(super) name: String,
    /// Whether it is a table and no view.
    pub(super) table: bool,
    pub(super) columns: Vec<Physical>,
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
    /// The type in the database's own words.
    pub(super) ty: String,
    pub(super) not_null: bool,
    pub(super) key: bool,
    /// Whether the database itself has a value for a row that brings none.
    pub(super) filled: bool,
    /// Whether that value is the next number.
    pub(super) numbered: bool,
    /// Whether nobody but the database may write it.
    pub(super) generated: bool,
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
    pub(super) fn new(dialect: Dialect) -> Self {
        Self { dialect, entries: HashMap::new(), tables: BTreeMap::new() }
    }

    /// Adds a column to a table.
    pub(super) fn column(&mut self, name: &str, table: bool, column: Option<Physical>) {
        let existing = || Existing { name: name.to_owned(), table, columns: Vec::new() };
        let existing = self.tables.entry(self.dialect.told_apart(name)).or_insert_with(existing);
        existing.columns.extend(column);
    }

    pub(super) fn physical(&self, table: &str) -> Option<&Existing> {
        self.tables.get(&self.dialect.told_apart(table))
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Writes what the catalog would say of a table.
    pub(super) fn enter(&mut self, def: &TableDef, definition: &Definition, version: i64, pending: &Pending) {
        let entry = Entry { definition: definition.to_json(), version, backfill: pending.to_json() };
        self.entries.insert(def.name.to_owned(), entry);
    }

    /// All tables and views, by name.
    pub(super) fn existing(&self) -> impl Iterator<Item = &Existing> {
        self.tables.values()
    }
}

impl Definition {
    pub(super) fn of(def: &TableDef) -> Self {
        Self { columns: def.columns.iter().map(Column::of).collect() }
    }

    /// The columns of a table that the database has already.
    pub(super) fn of_existing(def: &TableDef, existing: &Existing) -> Self {
        let there = |column: &&ColumnDef| existing.columns.iter().any(|there| there.name == column.name);
        Self { columns: def.columns.iter().filter(there).map(Column::of).collect() }
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

/// Reads what [`type_text`] wrote.
pub(super) fn type_of(text: &str) -> Option<ColumnType> {
    use ColumnType::{Audio, Binary, Bool, Date, Document, Float, Image, Int, Json, String, Timestamp, Uuid, Video};
    let plain = [Bool, Int, Float, String, Timestamp, Date, Uuid, Json, Binary, Image, Video, Audio, Document];
    if let Some(ty) = plain.into_iter().find(|ty| ty.word() == text) {
        return Some(ty);
    }
    let (element, len) = text.strip_prefix("array(")?.strip_suffix(')')?.split_once(", ")?;
    let element = [("f32", Element::F32), ("f64", Element::F64), ("i64", Element::I64), ("bool", Element::Bool)]
        .into_iter()
        .find(|(word, _)| *word == element)?;
    Some(ColumnType::Array(element.1, len.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_as_they_are_written() {
        for ty in [ColumnType::Bool, ColumnType::String, ColumnType::Document, ColumnType::Array(Element::I64, 3)] {
            assert_eq!(type_of(&type_text(ty)), Some(ty));
        }
        for text in ["", "texts", "array(f32)", "array(f16, 2)", "array(f32, x)"] {
            assert_eq!(type_of(text), None, "{text}");
        }
    }
}
