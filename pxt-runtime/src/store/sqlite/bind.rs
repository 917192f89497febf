//! Values to SQLite and back (the SQLite column of DESIGN D4).
//!
//! Timestamps are text of fixed width, so that the order of text is the order of time.

use std::sync::Arc;

use jiff::fmt::temporal::DateTimePrinter;
use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArgumentsBuffer, SqliteRow, SqliteTypeInfo, SqliteValueRef};
use sqlx::{Decode, Row as _, Sqlite, Type, TypeInfo as _, ValueRef as _};
use uuid::Uuid;

use crate::schema::{ColumnType, TableDef};
use crate::store::question::Bound;
use crate::store::{StoreError, fit};
use crate::value::{Binary, Elements, Media, Value, read_stored};

static TIMESTAMPS: DateTimePrinter = DateTimePrinter::new().precision(Some(6));

/// A value as SQLite takes it. Clones share the text, so that a row can be sent again alone when its group fails.
#[derive(Debug, Clone)]
pub(super) enum Bind {
    Null,
    Int(i64),
    Real(f64),
    Text(Arc<str>),
    Blob(Vec<u8>),
}

impl Bind {
    /// The memory that the value takes, roughly, in bytes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Null | Self::Int(_) | Self::Real(_) => 8,
            Self::Text(text) => text.len(),
            Self::Blob(bytes) => bytes.len(),
        }
    }

    pub(super) fn text(text: Option<String>) -> Self {
        text.map_or(Self::Null, |text| Self::Text(text.into()))
    }

    /// Takes the value of a column.
    ///
    /// # Errors
    /// [`StoreError::Value`] when the column cannot hold it; what requests bring was checked before.
    pub(super) fn new(def: &'static TableDef, position: usize, value: Value) -> Result<Self, StoreError> {
        fit::column(def, position, &value)?;
        Ok(Self::of(value))
    }

    /// Takes a value as a column of its own type has it.
    ///
    /// # Errors
    /// What is wrong with the value.
    pub(super) fn bare(value: Value) -> Result<Self, &'static str> {
        fit::value(&value).map(|()| Self::of(value))
    }

    fn of(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Int(value.into()),
            Value::Int(value) => Self::Int(value),
            Value::Float(value) => Self::Real(value),
            Value::String(value) => Self::Text(value.into()),
            Value::Timestamp(value) => Self::Text(TIMESTAMPS.timestamp_to_string(&value).into()),
            Value::Date(value) => Self::Text(value.to_string().into()),
            Value::Uuid(value) => Self::Blob(value.into_bytes().into()),
            Value::Json(value) => Self::Text(value.to_string().into()),
            Value::Binary(value) => Self::Blob(value.into_bytes().into()),
            Value::Array(value) => Self::Blob(value.to_bytes()),
            Value::Media(value) => value.key().map_or(Self::Null, |key| Self::Text(key.into())),
        }
    }

    /// Takes a value of a select.
    ///
    /// # Errors
    /// [`StoreError::Value`] when the column that it is compared with cannot hold it.
    pub(super) fn bound(bound: Bound) -> Result<Self, StoreError> {
        match bound {
            Bound::Null(_) => Ok(Self::Null),
            Bound::Number(number) | Bound::Limit(number) => Ok(Self::Int(number)),
            Bound::Column(place, value) => Self::new(place.table, place.column, value),
            Bound::Place(value) => Self::bare(value).map_err(|_| StoreError::BadCursor),
        }
    }
}

/// Asked for by the bounds of sqlx; what SQLite is told follows from the value alone.
impl Type<Sqlite> for Bind {
    fn type_info() -> SqliteTypeInfo {
        <str as Type<Sqlite>>::type_info()
    }
}

impl Encode<'_, Sqlite> for Bind {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(value) => Encode::<Sqlite>::encode_by_ref(value, buffer),
            Self::Real(value) => Encode::<Sqlite>::encode_by_ref(value, buffer),
            Self::Text(value) => Encode::<Sqlite>::encode(value.clone(), buffer),
            Self::Blob(value) => Encode::<Sqlite>::encode_by_ref(value, buffer),
        }
    }
}

/// Reads a value of a type. None when it is of another one: SQLite itself would make a 0 of any text.
pub(super) fn read(ty: ColumnType, row: &SqliteRow, position: usize) -> Option<Value> {
    let raw = row.try_get_raw(position).ok()?;
    if raw.is_null() {
        return Some(Value::Null);
    }
    if !is_held_as(ty, raw.type_info().name()) {
        return None;
    }
    match ty {
        ColumnType::Bool => match integer(raw)? {
            0 => Some(Value::Bool(false)),
            1 => Some(Value::Bool(true)),
            _ => None,
        },
        ColumnType::Int => integer(raw).map(Value::Int),
        ColumnType::Float => <f64 as Decode<Sqlite>>::decode(raw).ok().map(Value::Float),
        ColumnType::String => text(raw).map(|text| Value::String(text.to_owned())),
        ColumnType::Timestamp => fitting(Value::Timestamp(text(raw)?.parse().ok()?)),
        ColumnType::Date => fitting(Value::Date(text(raw)?.parse().ok()?)),
        ColumnType::Uuid => Uuid::from_slice(blob(raw)?).ok().map(Value::Uuid),
        ColumnType::Json => read_stored(text(raw)?).map(Value::Json),
        ColumnType::Binary => blob(raw).map(|bytes| Value::Binary(Binary::from(bytes.to_vec()))),
        ColumnType::Array(element, len) => Elements::from_bytes(element, len, blob(raw)?).map(Value::Array),
        ColumnType::Image | ColumnType::Video | ColumnType::Audio | ColumnType::Document => {
            text(raw).map(|key| Value::Media(Media::stored(key)))
        }
    }
}

/// Whether values of a type are of this one of SQLite's own.
fn is_held_as(ty: ColumnType, held: &str) -> bool {
    match ty {
        ColumnType::Bool | ColumnType::Int => held == "INTEGER",
        ColumnType::Float => held == "REAL" || held == "INTEGER",
        ColumnType::Uuid | ColumnType::Binary | ColumnType::Array(..) => held == "BLOB",
        _ => held == "TEXT",
    }
}

/// Years that are out of range.
fn fitting(value: Value) -> Option<Value> {
    fit::value(&value).is_ok().then_some(value)
}

fn integer(raw: SqliteValueRef<'_>) -> Option<i64> {
    <i64 as Decode<Sqlite>>::decode(raw).ok()
}

fn text(raw: SqliteValueRef<'_>) -> Option<&str> {
    <&str as Decode<Sqlite>>::decode(raw).ok()
}

fn blob(raw: SqliteValueRef<'_>) -> Option<&[u8]> {
    <&[u8] as Decode<Sqlite>>::decode(raw).ok()
}
