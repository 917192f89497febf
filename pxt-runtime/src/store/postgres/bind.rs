//! Values to PostgreSQL and back (the PostgreSQL column of DESIGN D4), in its binary forms.
//!
//! The type of each parameter is sent with the statement, which is prepared for the types that it was first sent with: a
//! null carries the type of its column, so that one text always has the same ones.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgRow, PgTypeInfo, PgValueFormat};
use sqlx::{Arguments as _, Postgres, Row as _, Type, ValueRef as _};
use uuid::Uuid;

use super::array;
use crate::schema::{ColumnType, TableDef};
use crate::store::question::Bound;
use crate::store::sql::inserted;
use crate::store::{StoreError, fit};
use crate::value::{Binary, Elements, Media, Value, read_stored, refuse_nul};

/// Microseconds and days between PostgreSQL's year 2000 and the year 1970.
const EPOCH_MICROSECONDS: i64 = EPOCH_DAYS as i64 * 86_400_000_000;
const EPOCH_DAYS: i32 = 10_957;
const EPOCH: Date = jiff::civil::date(1970, 1, 1);
/// The only version of `jsonb` there is, which stands before the text.
const JSONB_VERSION: u8 = 1;

// The types' numbers, which are the same in each PostgreSQL: `SELECT oid, typname FROM pg_type`.
pub(super) const BOOL: u32 = 16;
const BYTEA: u32 = 17;
pub(super) const INT8: u32 = 20;
const INT2: u32 = 21;
const INT4: u32 = 23;
const NAME: u32 = 19;
const TEXT: u32 = 25;
const JSON: u32 = 114;
pub(super) const FLOAT4: u32 = 700;
pub(super) const FLOAT8: u32 = 701;
const UNKNOWN: u32 = 705;
const BPCHAR: u32 = 1042;
const VARCHAR: u32 = 1043;
const DATE: u32 = 1082;
const TIMESTAMPTZ: u32 = 1184;
const NUMERIC: u32 = 1700;
const UUID: u32 = 2950;
const JSONB: u32 = 3802;

/// A value as PostgreSQL takes it. Clones share what is long, so that a row can be sent again alone when its group fails.
#[derive(Debug, Clone)]
pub(super) enum Bind {
    /// None: of whatever type the statement makes of it.
    Null(Option<ColumnType>),
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Arc<str>),
    /// Microseconds after the year 2000.
    Timestamp(i64),
    /// Days after the year 2000.
    Date(i32),
    Uuid(Uuid),
    Json(Arc<str>),
    Bytes(Bytes),
    Array(Arc<Elements>),
}

impl Bind {
    /// The memory that the value takes, roughly, in bytes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Text(text) | Self::Json(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Array(elements) => 8 * elements.len(),
            _ => 8,
        }
    }

    /// The hidden failures of a row.
    pub(super) fn text(text: Option<String>) -> Self {
        text.map_or(Self::Null(Some(ColumnType::String)), |text| Self::Text(text.into()))
    }

    /// Nulls, as a row to insert has them that is not there.
    pub(super) fn nothing(def: &TableDef) -> Vec<Self> {
        let columns = inserted(def).map(|position| def.columns[position].ty).chain([ColumnType::String]);
        columns.map(|ty| Self::Null(Some(ty))).collect()
    }

    /// Takes the value of a column.
    ///
    /// # Errors
    /// [`StoreError::Value`] when the column cannot hold it; what requests bring was checked before.
    pub(super) fn new(def: &'static TableDef, position: usize, value: Value) -> Result<Self, StoreError> {
        let column = &def.columns[position];
        let wrong = |problem| StoreError::Value { table: def.name, column: column.name, problem };
        fit::column(def, position, &value)?;
        if value.is_null() {
            return Ok(Self::Null(Some(column.ty)));
        }
        Self::bare(value).map_err(wrong)
    }

    /// Takes a value as a column of its own type has it. A null is of no type.
    ///
    /// # Errors
    /// What is wrong with the value.
    pub(super) fn bare(value: Value) -> Result<Self, &'static str> {
        fit::value(&value)?;
        Ok(match value {
            Value::Null => Self::Null(None),
            Value::Bool(value) => Self::Bool(value),
            Value::Int(value) => Self::Int(value),
            Value::Float(value) => Self::Float(value),
            Value::String(value) => Self::Text(value.into()),
            Value::Timestamp(value) => Self::Timestamp(value.as_microsecond() - EPOCH_MICROSECONDS),
            Value::Date(value) => Self::Date(days(value)),
            Value::Uuid(value) => Self::Uuid(value),
            Value::Json(value) if refuse_nul(&value).is_err() => return Err("must not contain a NUL character"),
            Value::Json(value) => Self::Json(value.to_string().into()),
            Value::Binary(value) => Self::Bytes(value.into_bytes()),
            Value::Array(value) => Self::Array(Arc::new(value)),
            Value::Media(value) => match value.key() {
                Some(key) => Self::Text(key.into()),
                None => Self::Null(Some(ColumnType::String)),
            },
        })
    }

    /// Takes a value of a select.
    ///
    /// # Errors
    /// [`StoreError::Value`] when the column that it is compared with cannot hold it.
    pub(super) fn bound(bound: Bound) -> Result<Self, StoreError> {
        match bound {
            Bound::Null(place) => Ok(Self::Null(Some(place.def().ty))),
            Bound::Number(number) | Bound::Limit(number) => Ok(Self::Int(number)),
            Bound::Column(place, value) => Self::new(place.table, place.column, value),
            Bound::Place(value) => Self::bare(value).map_err(|_| StoreError::BadCursor),
        }
    }

    fn oid(&self) -> u32 {
        match self {
            // PostgreSQL works it out.
            Self::Null(None) => 0,
            Self::Null(Some(ty)) => oid(*ty),
            Self::Bool(_) => BOOL,
            Self::Int(_) => INT8,
            Self::Float(_) => FLOAT8,
            Self::Text(_) => TEXT,
            Self::Timestamp(_) => TIMESTAMPTZ,
            Self::Date(_) => DATE,
            Self::Uuid(_) => UUID,
            Self::Json(_) => JSONB,
            Self::Bytes(_) => BYTEA,
            Self::Array(elements) => array::oid(array::element(elements)),
        }
    }
}

/// The type of a column's parameters.
pub(super) fn oid(ty: ColumnType) -> u32 {
    match ty {
        ColumnType::Bool => BOOL,
        ColumnType::Int => INT8,
        ColumnType::Float => FLOAT8,
        ColumnType::String => TEXT,
        ColumnType::Timestamp => TIMESTAMPTZ,
        ColumnType::Date => DATE,
        ColumnType::Uuid => UUID,
        ColumnType::Json => JSONB,
        ColumnType::Binary => BYTEA,
        ColumnType::Array(element, _) => array::oid(element),
        ColumnType::Image | ColumnType::Video | ColumnType::Audio | ColumnType::Document => TEXT,
    }
}

fn days(date: Date) -> i32 {
    // Less than four million days.
    (date.duration_since(EPOCH).as_secs() / 86_400) as i32 - EPOCH_DAYS
}

impl Type<Postgres> for Bind {
    /// Not asked for: each value says its own.
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl Encode<'_, Postgres> for Bind {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        match self {
            Self::Null(_) => return Ok(IsNull::Yes),
            Self::Bool(value) => buffer.push(u8::from(*value)),
            Self::Int(value) | Self::Timestamp(value) => buffer.extend_from_slice(&value.to_be_bytes()),
            Self::Float(value) => buffer.extend_from_slice(&value.to_be_bytes()),
            Self::Date(value) => buffer.extend_from_slice(&value.to_be_bytes()),
            Self::Text(text) => buffer.extend_from_slice(text.as_bytes()),
            Self::Uuid(value) => buffer.extend_from_slice(value.as_bytes()),
            Self::Json(text) => {
                buffer.push(JSONB_VERSION);
                buffer.extend_from_slice(text.as_bytes());
            }
            Self::Bytes(bytes) => buffer.extend_from_slice(bytes),
            Self::Array(elements) => array::write(elements, buffer),
        }
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(PgTypeInfo::with_oid(Oid(self.oid())))
    }
}

/// The values of a statement.
pub(super) fn arguments<'b>(binds: impl IntoIterator<Item = &'b Bind>) -> Result<PgArguments, sqlx::Error> {
    let mut arguments = PgArguments::default();
    for bind in binds {
        arguments.add(bind).map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// Reads a value of a type. None when it is of another one.
pub(super) fn read(ty: ColumnType, row: &PgRow, position: usize) -> Option<Value> {
    let raw = row.try_get_raw(position).ok()?;
    if raw.is_null() {
        return Some(Value::Null);
    }
    let oid = raw.type_info().oid()?.0;
    let bytes = raw.as_bytes().ok().filter(|_| raw.format() == PgValueFormat::Binary)?;
    match (ty, oid) {
        (ColumnType::Bool, BOOL) => match bytes {
            [0] => Some(Value::Bool(false)),
            [1] => Some(Value::Bool(true)),
            _ => None,
        },
        (ColumnType::Int, INT8) => Some(Value::Int(i64::from_be_bytes(bytes.try_into().ok()?))),
        (ColumnType::Int, INT4) => Some(Value::Int(i32::from_be_bytes(bytes.try_into().ok()?).into())),
        (ColumnType::Int, INT2) => Some(Value::Int(i16::from_be_bytes(bytes.try_into().ok()?).into())),
        (ColumnType::Float, FLOAT8) => finite(f64::from_be_bytes(bytes.try_into().ok()?)),
        (ColumnType::Float, FLOAT4) => finite(f32::from_be_bytes(bytes.try_into().ok()?).into()),
        (ColumnType::String, TEXT | VARCHAR | BPCHAR | NAME | UNKNOWN) => {
            text(bytes).map(|text| Value::String(text.to_owned()))
        }
        (ColumnType::Timestamp, TIMESTAMPTZ) => timestamp(i64::from_be_bytes(bytes.try_into().ok()?)),
        (ColumnType::Date, DATE) => date(i32::from_be_bytes(bytes.try_into().ok()?)),
        (ColumnType::Uuid, UUID) => Uuid::from_slice(bytes).ok().map(Value::Uuid),
        (ColumnType::Json, JSONB) => match bytes.split_first()? {
            (&JSONB_VERSION, json) => read_stored(text(json)?).map(Value::Json),
            _ => None,
        },
        (ColumnType::Json, JSON) => read_stored(text(bytes)?).map(Value::Json),
        (ColumnType::Binary, BYTEA) => Some(Value::Binary(Binary::from(bytes.to_vec()))),
        (ColumnType::Array(element, len), oid) if oid == array::oid(element) => {
            array::read(element, len, bytes).map(Value::Array)
        }
        (ty, TEXT | VARCHAR) if ty.is_media() => text(bytes).map(|key| Value::Media(Media::stored(key))),
        _ => None,
    }
}

/// Whether values of one of PostgreSQL's types are read as ones of a column, where each of them can be. A `numeric` is read as
/// what its value is.
pub(in crate::store) fn reads(ty: ColumnType, oid: u32) -> bool {
    match ty {
        ColumnType::Int => matches!(oid, INT2 | INT4 | INT8 | NUMERIC),
        ColumnType::Float => matches!(oid, FLOAT4 | FLOAT8 | NUMERIC),
        ColumnType::Json => matches!(oid, JSON | JSONB),
        ColumnType::Array(element, _) => oid == array::oid(element),
        ty if ty.is_media() => matches!(oid, TEXT | VARCHAR),
        ty => answered_as(oid) == Some(ty),
    }
}

/// What a value of one of PostgreSQL's types is answered as, when nothing else is declared. A `numeric` may hold what neither an
/// integer nor a float does.
pub(super) fn answered_as(oid: u32) -> Option<ColumnType> {
    Some(match oid {
        BOOL => ColumnType::Bool,
        INT2 | INT4 | INT8 => ColumnType::Int,
        FLOAT4 | FLOAT8 => ColumnType::Float,
        TEXT | VARCHAR | BPCHAR | NAME | UNKNOWN => ColumnType::String,
        TIMESTAMPTZ => ColumnType::Timestamp,
        DATE => ColumnType::Date,
        UUID => ColumnType::Uuid,
        JSON | JSONB => ColumnType::Json,
        BYTEA => ColumnType::Binary,
        _ => return None,
    })
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// No column of ours holds infinity, and JSON has no word for it.
fn finite(number: f64) -> Option<Value> {
    number.is_finite().then(|| Value::float(number))
}

/// PostgreSQL has infinities here too, and years that are out of range.
fn timestamp(microseconds: i64) -> Option<Value> {
    let value = Timestamp::from_microsecond(microseconds.checked_add(EPOCH_MICROSECONDS)?).ok()?;
    Some(Value::Timestamp(value)).filter(|value| fit::value(value).is_ok())
}

fn date(days: i32) -> Option<Value> {
    let days = days.checked_add(EPOCH_DAYS)?;
    let value = EPOCH.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
    Some(Value::Date(value)).filter(|value| fit::value(value).is_ok())
}
