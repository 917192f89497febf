//! Which Rust types a function's parameter can have.
//!
//! Everything that a column can be, and, so that the compiler's message can name the column, also the types that users
//! write by mistake: those have no shape, and the check at the route says what to write.

use super::{ColumnValue, Mismatch, Value};
use crate::schema::Shape;

/// A type that a function's parameter can have.
#[diagnostic::on_unimplemented(
    message = "a function over a table cannot receive a column as `{Self}`",
    label = "not a type a column is received as",
    note = "columns are received as `bool`, `i64`, `f64`, `String`, `Uuid`, `jiff::Timestamp`, `jiff::civil::Date`, \
            `serde_json::Value`, `pxt::Json<T>`, `pxt::Binary`, `pxt::Array<T, N>`, or an `Option` of these"
)]
pub trait Parameter: Sized + Send + 'static {
    /// What the parameter takes.
    const SHAPE: Shape;

    /// The argument made of a value.
    ///
    /// # Errors
    /// [`Mismatch`] when the value has another type.
    fn from_value(value: Value) -> Result<Self, Mismatch>;
}

#[diagnostic::do_not_recommend]
impl<T: ColumnValue> Parameter for T {
    const SHAPE: Shape = T::SHAPE;

    fn from_value(value: Value) -> Result<Self, Mismatch> {
        T::from_value(value)
    }
}

/// Types without a shape. The contract's check refuses them, so the conversion is never reached.
macro_rules! mistaken {
    ($($ty:ty),* $(,)?) => {$(
        #[diagnostic::do_not_recommend]
        impl Parameter for $ty {
            const SHAPE: Shape = Shape::NONE;

            fn from_value(_: Value) -> Result<Self, Mismatch> {
                Err(Mismatch)
            }
        }

        #[diagnostic::do_not_recommend]
        impl Parameter for Option<$ty> {
            const SHAPE: Shape = Shape::NONE;

            fn from_value(_: Value) -> Result<Self, Mismatch> {
                Err(Mismatch)
            }
        }
    )*};
}

mistaken!(i8, i16, i32, i128, isize, u8, u16, u32, u64, u128, usize, f32, char);
mistaken!(&'static str, Box<str>, std::sync::Arc<str>, std::borrow::Cow<'static, str>, Vec<u8>, Vec<f32>, Vec<f64>);
mistaken!(Vec<i64>, Vec<bool>, bytes::Bytes, std::time::SystemTime);

/// A type that a parameter of a query can have: what a column can be, since requests supply such values.
#[diagnostic::on_unimplemented(
    message = "a query's parameter cannot be `{Self}`",
    label = "not a type that a request supplies",
    note = "parameters are `bool`, `i64`, `f64`, `String`, `Uuid`, `jiff::Timestamp`, `jiff::civil::Date`, \
            `serde_json::Value`, `pxt::Json<T>`, `pxt::Binary`, `pxt::Array<T, N>`, `pxt::Image`, `pxt::Video`, \
            `pxt::Audio`, `pxt::Document`, or an `Option` of these"
)]
pub trait QueryParameter: Sized + Send + 'static {
    /// What the parameter takes.
    const SHAPE: Shape;

    /// The value of a default.
    fn into_value(self) -> Value;

    /// The argument made of a value.
    ///
    /// # Errors
    /// [`Mismatch`] when the value has another type.
    fn from_value(value: Value) -> Result<Self, Mismatch>;

    /// The JSON schema that values keep to, for structured JSON.
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema>;

    /// Says why JSON from a request is not of the parameter's structure.
    fn refuse_json(value: &serde_json::Value) -> Option<String>;
}

#[diagnostic::do_not_recommend]
impl<T: ColumnValue> QueryParameter for T {
    const SHAPE: Shape = T::SHAPE;

    fn into_value(self) -> Value {
        T::into_value(self)
    }

    fn from_value(value: Value) -> Result<Self, Mismatch> {
        T::from_value(value)
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        T::json_schema(generator)
    }

    fn refuse_json(value: &serde_json::Value) -> Option<String> {
        T::refuse_json(value)
    }
}
