//! What stands in for a column that the caller leaves out, and literals as values.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::Literal;
use crate::schema::{ColumnType, Shape};
use crate::value::{ColumnValue, Make, Value, from_text};

/// How a value is made, before it is kept for ever.
#[derive(Debug, Clone)]
pub(super) enum Made {
    Call(fn() -> Value),
    Value(Value),
}

/// What a default makes in a column of this type. None when it is no value of the type.
pub(super) fn made(ty: ColumnType, default: &Literal) -> Option<Made> {
    let Literal::Text(text) = default else {
        return (default.shape().ty == Some(ty)).then(|| Made::Value(default.value()));
    };
    Some(match (ty, text.as_str()) {
        (ColumnType::String, _) => Made::Value(default.value()),
        (ColumnType::Uuid, "uuid7") => Made::Call(|| Value::Uuid(Uuid::now_v7())),
        (ColumnType::Uuid, "uuid4") => Made::Call(|| Value::Uuid(Uuid::new_v4())),
        (ColumnType::Timestamp, "now") => Made::Call(|| Timestamp::now().into_value()),
        (ColumnType::Date, "today") => Made::Call(|| Timestamp::now().to_zoned(TimeZone::UTC).date().into_value()),
        (ColumnType::Uuid | ColumnType::Timestamp | ColumnType::Date, text) => {
            Made::Value(from_text(ty, false, text).ok()?)
        }
        _ => return None,
    })
}

impl Made {
    /// The same, kept for ever.
    pub(super) fn keep(self) -> Make {
        match self {
            Self::Call(call) => Make::Call(call),
            Self::Value(value) => Make::Value(Box::leak(Box::new(value))),
        }
    }
}

impl Literal {
    /// The value.
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Float(value) => Value::float(*value),
            Self::Text(text) => Value::String(text.clone()),
        }
    }

    /// What it holds by itself.
    pub(super) fn shape(&self) -> Shape {
        Shape::of(match self {
            Self::Bool(_) => ColumnType::Bool,
            Self::Int(_) => ColumnType::Int,
            Self::Float(_) => ColumnType::Float,
            Self::Text(_) => ColumnType::String,
        })
    }

    /// The literal as text that is always the same for the same value.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Float(value) => format!("{value:?}"),
            Self::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
        }
    }
}
