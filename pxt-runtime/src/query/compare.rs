//! Which columns can be compared, added up or searched, and with what.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::value::{Binary, ColumnValue, Value};

/// A column's type whose values a database compares.
#[diagnostic::on_unimplemented(
    message = "a query cannot compare columns of `{Self}`",
    label = "not a column that is compared",
    note = "JSON, arrays and files are only read, counted, and tested by `.is_null()`"
)]
pub trait Comparable: ColumnValue {
    /// What the values are compared with: the type without `Option`.
    type Compared: ColumnValue;
}

/// A column's type that has a smallest and a largest value.
#[diagnostic::on_unimplemented(
    message = "columns of `{Self}` have no smallest and no largest value",
    label = "not numbers, text, timestamps or dates",
    note = "columns of `i64`, `f64`, `String`, `jiff::Timestamp` and `jiff::civil::Date` have"
)]
pub trait Ordered: Comparable {}

/// A column's type that is added up.
#[diagnostic::on_unimplemented(
    message = "columns of `{Self}` cannot be added up",
    label = "not numbers",
    note = "columns of `i64` and `f64` can"
)]
pub trait Number: Ordered {}

/// A column's type that is searched for a text.
#[diagnostic::on_unimplemented(
    message = "columns of `{Self}` are not text",
    label = "not text",
    note = "only a column of `String` is searched for a text"
)]
pub trait Text: Ordered {}

/// A value that a column of `P`, or of `Option<P>`, is compared with.
#[diagnostic::on_unimplemented(
    message = "a column of `{P}` cannot be compared with `{Self}`",
    label = "not `{P}`",
    note = "write a value of the column's type; for nulls there are `.is_null()` and `.is_not_null()`, and for conditions on an \
            `Option` of a caller there is `.filter_if(…)`"
)]
pub trait Operand<P> {
    #[doc(hidden)]
    fn into_operand(self) -> Value;
}

macro_rules! comparable {
    ($($ty:ty),+) => {$(
        #[diagnostic::do_not_recommend]
        impl Comparable for $ty {
            type Compared = Self;
        }

        #[diagnostic::do_not_recommend]
        impl Comparable for Option<$ty> {
            type Compared = $ty;
        }
    )+};
}

macro_rules! kinds {
    ($kind:ident: $($ty:ty),+) => {$(
        #[diagnostic::do_not_recommend]
        impl $kind for $ty {}

        #[diagnostic::do_not_recommend]
        impl $kind for Option<$ty> {}
    )+};
}

comparable!(bool, i64, f64, String, Uuid, Timestamp, Date, Binary);
kinds!(Ordered: i64, f64, String, Timestamp, Date);
kinds!(Number: i64, f64);
kinds!(Text: String);

#[diagnostic::do_not_recommend]
impl<P: Comparable> Operand<P> for P {
    fn into_operand(self) -> Value {
        self.into_value()
    }
}

#[diagnostic::do_not_recommend]
impl<P: Comparable + Clone> Operand<P> for &P {
    fn into_operand(self) -> Value {
        self.clone().into_value()
    }
}

#[diagnostic::do_not_recommend]
impl Operand<String> for &str {
    fn into_operand(self) -> Value {
        Value::String(self.to_owned())
    }
}

#[diagnostic::do_not_recommend]
impl Operand<String> for Cow<'_, str> {
    fn into_operand(self) -> Value {
        Value::String(self.into_owned())
    }
}
