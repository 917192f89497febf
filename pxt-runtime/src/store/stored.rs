//! Whole rows of a table as they are read, whichever the database: `read` reads a value of a type at a position, and gives none
//! when it is of another type.

use super::lookups::Found;
use super::sql::{ROW, VERSION};
use super::unreadable::{Unreadable, key};
use super::{Cursor, StoreError};
use crate::schema::{ColumnType, TableDef};
use crate::value::{Row, Value};

/// A row as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Grows by one with each change of the row, from 1.
    pub version: i64,
    /// The values, in the order of the table's columns. A computed column that is not backfilled yet is null.
    pub values: Row,
    /// Positions of the columns that cannot be read, ascending; they are null in `values`.
    pub unreadable: Vec<usize>,
    /// The failures of `on_error = ignore`: a JSON object from column to message. None when there are none.
    pub errors: Option<String>,
}

impl Stored {
    /// Reads a row of one of the statements that select whole rows: the declared columns, version and failures.
    pub(super) fn read(
        def: &'static TableDef,
        read: impl Fn(ColumnType, usize) -> Option<Value>,
    ) -> Result<Self, StoreError> {
        let (values, unreadable) = cells(def, &read);
        let version = number(def, &values, VERSION, read(ColumnType::Int, values.len()).as_ref())?;
        let errors = match read(ColumnType::String, values.len() + 1) {
            Some(Value::String(errors)) => Some(errors),
            // What is known of failures is no part of the row.
            _ => None,
        };
        Ok(Self { version, values, unreadable, errors })
    }

    /// Reads what identifies a row that was read by a scan: behind it stands the hidden number, where there is one.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when it cannot be read.
    pub(super) fn cursor(
        &self,
        def: &'static TableDef,
        read: impl Fn(ColumnType, usize) -> Option<Value>,
    ) -> Result<Cursor, StoreError> {
        self.readable(def, def.key())?;
        let key: Vec<Value> = def.key().map(|position| self.values[position].clone()).collect();
        if !key.is_empty() {
            return Ok(Cursor(key));
        }
        let row = number(def, &self.values, ROW, read(ColumnType::Int, self.values.len() + 2).as_ref())?;
        Ok(Cursor(vec![Value::Int(row)]))
    }

    /// Looks whether these columns could be read.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for the first that could not.
    pub(crate) fn readable(
        &self,
        def: &'static TableDef,
        mut columns: impl Iterator<Item = usize>,
    ) -> Result<(), StoreError> {
        match columns.find(|column| self.unreadable.contains(column)) {
            Some(column) => Err(Unreadable::of(def, column, &self.values).into()),
            None => Ok(()),
        }
    }
}

/// Reads the declared columns of a row, and its version behind them.
///
/// # Errors
/// [`StoreError::Unreadable`] when one of them cannot be read.
pub(super) fn found(
    def: &'static TableDef,
    read: impl Fn(ColumnType, usize) -> Option<Value>,
) -> Result<Found, StoreError> {
    let (values, unreadable) = cells(def, &read);
    if let Some(first) = unreadable.first() {
        return Err(Unreadable::of(def, *first, &values).into());
    }
    let version = number(def, &values, VERSION, read(ColumnType::Int, values.len()).as_ref())?;
    Ok((values, version))
}

/// The declared columns of a row, and which of them cannot be read.
fn cells(def: &'static TableDef, read: &impl Fn(ColumnType, usize) -> Option<Value>) -> (Row, Vec<usize>) {
    let (mut values, mut unreadable) = (Row::with_capacity(def.columns.len()), Vec::new());
    for (position, column) in def.columns.iter().enumerate() {
        // SQLite has infinities, which no column of ours holds.
        let value =
            read(column.ty, position).filter(|value| !matches!(value, Value::Float(float) if !float.is_finite()));
        values.push(value.unwrap_or_else(|| {
            unreadable.push(position);
            Value::Null
        }));
    }
    (values, unreadable)
}

/// A number that pxt keeps beside the values.
fn number(
    def: &'static TableDef,
    row: &[Value],
    column: &'static str,
    value: Option<&Value>,
) -> Result<i64, StoreError> {
    match value {
        Some(Value::Int(number)) => Ok(*number),
        _ => Err(Unreadable::new(def.name, column, ColumnType::Int.word(), key(def, row)).into()),
    }
}
