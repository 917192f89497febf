//! Whether a column can hold a value: the same answer for every database.
//!
//! What requests bring was checked before; this is the last look, at what functions and defaults made too.

use jiff::tz::TimeZone;

use super::StoreError;
use crate::schema::{ColumnType, TableDef};
use crate::value::Value;

const YEARS: &str = "must be in the years 1 to 9999";

/// Looks at the value of a column.
///
/// # Errors
/// [`StoreError::Value`] when the column cannot hold it.
pub(super) fn column(def: &'static TableDef, position: usize, value: &Value) -> Result<(), StoreError> {
    let column = &def.columns[position];
    let wrong = |problem| StoreError::Value { table: def.name, column: column.name, problem };
    match (column.ty, value) {
        // A computed column waits for its value while the table is backfilled.
        (_, Value::Null) if column.nullable || column.computed.is_some() || column.auto => Ok(()),
        (_, Value::Null) => Err(wrong("must not be null")),
        (ColumnType::Array(_, len), Value::Array(value)) if value.len() != len => {
            Err(wrong("must have the column's length"))
        }
        (ty, value) if !is(ty, value) => Err(wrong("must be of the column's type")),
        (_, value) => self::value(value).map_err(wrong),
    }
}

/// Looks at a value by itself.
///
/// # Errors
/// What is wrong with it.
pub(super) fn value(value: &Value) -> Result<(), &'static str> {
    match value {
        // SQLite turns NaN into null.
        Value::Float(value) if !value.is_finite() => Err("must be finite"),
        Value::String(value) if value.contains('\0') => Err("must not contain a NUL character"),
        Value::Timestamp(value) if !(1..=9999).contains(&TimeZone::UTC.to_datetime(*value).year()) => Err(YEARS),
        Value::Date(value) if value.year() < 1 => Err(YEARS),
        Value::Media(value) if value.key().is_none() => Err("must be stored before the row"),
        _ => Ok(()),
    }
}

/// Whether a value is of a column's type.
fn is(ty: ColumnType, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(_) => ty == ColumnType::Bool,
        Value::Int(_) => ty == ColumnType::Int,
        Value::Float(_) => ty == ColumnType::Float,
        Value::String(_) => ty == ColumnType::String,
        Value::Timestamp(_) => ty == ColumnType::Timestamp,
        Value::Date(_) => ty == ColumnType::Date,
        Value::Uuid(_) => ty == ColumnType::Uuid,
        Value::Json(_) => ty == ColumnType::Json,
        Value::Binary(_) => ty == ColumnType::Binary,
        Value::Array(_) => matches!(ty, ColumnType::Array(..)),
        Value::Media(_) => ty.is_media(),
    }
}
