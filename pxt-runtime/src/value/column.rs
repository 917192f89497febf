//! Which Rust types a column is declared with, and how they become values.

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use super::{Array, ArrayElement, Binary, Json, Value, tree};
use crate::schema::{ColumnType, Shape};

/// A value that does not have the type that its column promises. Seen only when the database was changed by others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored value does not have the column's type")]
pub struct Mismatch;

/// A Rust type that a table's field can have.
#[diagnostic::on_unimplemented(
    message = "a column cannot be `{Self}`",
    label = "not a column type",
    note = "columns are `bool`, `i64`, `f64`, `String`, `Uuid`, `jiff::Timestamp`, `jiff::civil::Date`, \
            `serde_json::Value`, `pxt::Json<T>`, `pxt::Binary`, `pxt::Array<T, N>`, `pxt::Image`, `pxt::Video`, \
            `pxt::Audio`, `pxt::Document`, or an `Option` of these"
)]
pub trait ColumnValue: Sized + Send + 'static {
    /// The same without `Option`.
    type Plain: ColumnValue;
    /// The column that the type declares.
    const SHAPE: Shape;

    /// The value to store.
    fn into_value(self) -> Value;

    /// The Rust value of a stored one.
    ///
    /// # Errors
    /// [`Mismatch`] when the value has another type.
    fn from_value(value: Value) -> Result<Self, Mismatch>;

    /// The JSON schema that values keep to, for a column of structured JSON.
    fn json_schema(_: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        None
    }

    /// Says why JSON from a request is not of the column's structure.
    fn refuse_json(_: &serde_json::Value) -> Option<String> {
        None
    }
}

macro_rules! plain {
    ($ty:ty, $variant:ident) => {
        #[diagnostic::do_not_recommend]
        impl ColumnValue for $ty {
            type Plain = Self;
            const SHAPE: Shape = Shape::of(ColumnType::$variant);

            fn into_value(self) -> Value {
                Value::$variant(self)
            }

            fn from_value(value: Value) -> Result<Self, Mismatch> {
                if let Value::$variant(value) = value { Ok(value) } else { Err(Mismatch) }
            }
        }
    };
}

plain!(bool, Bool);
plain!(i64, Int);
plain!(String, String);
plain!(Uuid, Uuid);
plain!(Date, Date);
plain!(Binary, Binary);
plain!(serde_json::Value, Json);

#[diagnostic::do_not_recommend]
impl ColumnValue for f64 {
    type Plain = Self;
    const SHAPE: Shape = Shape::of(ColumnType::Float);

    fn into_value(self) -> Value {
        Value::float(self)
    }

    fn from_value(value: Value) -> Result<Self, Mismatch> {
        if let Value::Float(value) = value { Ok(value) } else { Err(Mismatch) }
    }
}

#[diagnostic::do_not_recommend]
impl ColumnValue for Timestamp {
    type Plain = Self;
    const SHAPE: Shape = Shape::of(ColumnType::Timestamp);

    fn into_value(self) -> Value {
        Value::Timestamp(super::text::to_microseconds(self))
    }

    fn from_value(value: Value) -> Result<Self, Mismatch> {
        if let Value::Timestamp(value) = value { Ok(value) } else { Err(Mismatch) }
    }
}

#[diagnostic::do_not_recommend]
impl<T: ArrayElement, const N: usize> ColumnValue for Array<T, N> {
    type Plain = Self;
    const SHAPE: Shape = Shape::of(ColumnType::Array(T::ELEMENT, N));

    fn into_value(self) -> Value {
        Value::Array(self.into_elements())
    }

    fn from_value(value: Value) -> Result<Self, Mismatch> {
        if let Value::Array(elements) = value { Self::from_elements(elements).ok_or(Mismatch) } else { Err(Mismatch) }
    }
}

/// What a JSON column can have as its structure.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the structure of a JSON column",
    label = "not a JSON structure",
    note = "derive `serde::Serialize`, `serde::Deserialize` and `schemars::JsonSchema` for it"
)]
pub trait Structure: serde::Serialize + serde::de::DeserializeOwned + schemars::JsonSchema + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T> Structure for T where T: serde::Serialize + serde::de::DeserializeOwned + schemars::JsonSchema + Send + 'static {}

impl<T: Structure> ColumnValue for Json<T> {
    type Plain = Self;
    const SHAPE: Shape = Shape::of(ColumnType::Json);

    fn into_value(self) -> Value {
        // Serialization to a tree fails only for maps whose keys are not text; such a `T` cannot be read back either.
        Value::Json(serde_json::to_value(self.0).unwrap_or_default())
    }

    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match value {
            // serde_json would make another value of what is not plain, should `T` have a place for any value.
            Value::Json(value) if tree::is_plain(&value) => {
                serde_json::from_value(value).map(Json).map_err(|_| Mismatch)
            }
            _ => Err(Mismatch),
        }
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        Some(generator.subschema_for::<T>())
    }

    fn refuse_json(value: &serde_json::Value) -> Option<String> {
        T::deserialize(value).err().map(|error| error.to_string())
    }
}

#[diagnostic::do_not_recommend]
impl<T: ColumnValue> ColumnValue for Option<T> {
    type Plain = T::Plain;
    const SHAPE: Shape = T::SHAPE.optional();

    fn into_value(self) -> Value {
        self.map_or(Value::Null, T::into_value)
    }

    fn from_value(value: Value) -> Result<Self, Mismatch> {
        if value.is_null() { Ok(None) } else { T::from_value(value).map(Some) }
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        T::json_schema(generator)
    }

    fn refuse_json(value: &serde_json::Value) -> Option<String> {
        T::refuse_json(value)
    }
}
