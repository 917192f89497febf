//! What the rows of a query become in Rust: a table's struct, a record, a tuple, or one value.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::{Schema as JsonSchemaValue, SchemaGenerator};
use uuid::Uuid;

use super::{RowField, RowShape};
use crate::compute::{Arguments, TableCode};
#[cfg(feature = "images")]
use crate::media::Image;
use crate::media::{Audio, Document, Video};
use crate::schema::{Shape, TableDef};
use crate::value::{Array, ArrayElement, Binary, ColumnValue, Json, Mismatch, Structure};

/// What a row of a query can be read as.
#[diagnostic::on_unimplemented(
    message = "the rows of a query cannot be read as `{Self}`",
    label = "not a row",
    note = "a row is a table's struct, a struct that derives `pxt::Record`, a tuple of columns' types, or one such type"
)]
pub trait FromRow: Sized + Send + 'static {
    #[doc(hidden)]
    fn from_row(row: &mut Arguments) -> Result<Self, Mismatch>;

    /// What the row is for clients.
    fn shape() -> RowShape;
}

/// A struct of columns' types that the rows of a query become: its fields take the values in order, and name them in JSON.
///
/// Implemented by `#[derive(Record)]`, and by `#[derive(Table)]` for rows of all columns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a record",
    label = "not a record",
    note = "derive `pxt::Record` for it"
)]
pub trait Record: FromRow {
    /// The fields, in order.
    fn fields() -> Vec<RowField>;
}

/// Says that a record's fields have the types of the tuple `R`, in order.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made of rows of `{R}`",
    label = "its fields do not have these types, in this order",
    note = "derive `pxt::Record` for it, and give it one field a selected column: of its type, and in the order of the columns"
)]
pub trait MadeOf<R>: Record {}

impl RowField {
    /// The field of a record, in the words of its column's type.
    #[doc(hidden)]
    pub fn new(
        name: &'static str,
        doc: &'static str,
        shape: Shape,
        json_schema: fn(&mut SchemaGenerator) -> Option<JsonSchemaValue>,
    ) -> Self {
        Self { name: name.into(), shape, doc, json_schema }
    }

    /// One value without a name.
    pub(crate) fn scalar<V: ColumnValue>() -> Self {
        Self::new("", "", V::SHAPE, V::json_schema)
    }
}

/// The columns of a table as the fields of a row.
#[doc(hidden)]
pub fn table_fields(table: &'static TableDef) -> Vec<RowField> {
    let code = TableCode::of(table).map(|code| code.columns).unwrap_or_default();
    let field = |(position, column): (usize, &'static crate::schema::ColumnDef)| RowField {
        name: column.name.into(),
        shape: Shape { ty: Some(column.ty), nullable: column.nullable, any_media: false },
        doc: column.doc,
        json_schema: code.get(position).map_or(no_structure, |code| code.json_schema),
    };
    table.columns.iter().enumerate().map(field).collect()
}

fn no_structure(_: &mut SchemaGenerator) -> Option<JsonSchemaValue> {
    None
}

/// One value of a column's type.
macro_rules! scalar {
    ($([$($generics:tt)*] $ty:ty),+ $(,)?) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> FromRow for $ty {
            fn from_row(row: &mut Arguments) -> Result<Self, Mismatch> {
                ColumnValue::from_value(row.take()?)
            }

            fn shape() -> RowShape {
                RowShape::Scalar(RowField::scalar::<Self>())
            }
        }
    )+};
}

scalar!([] bool, [] i64, [] f64, [] String, [] Timestamp, [] Date, [] Uuid, [] Binary, [] serde_json::Value);
#[cfg(feature = "images")]
scalar!([] Image);
scalar!([] Video, [] Audio, [] Document);
scalar!([T: ArrayElement, const N: usize] Array<T, N>, [T: Structure] Json<T>, [T: ColumnValue] Option<T>);

macro_rules! tuple {
    ($($item:ident)+) => {
        #[diagnostic::do_not_recommend]
        impl<$($item: ColumnValue),+> FromRow for ($($item,)+) {
            fn from_row(row: &mut Arguments) -> Result<Self, Mismatch> {
                Ok(($($item::from_value(row.take()?)?,)+))
            }

            fn shape() -> RowShape {
                RowShape::Open
            }
        }
    };
}

tuple!(A);
tuple!(A B);
tuple!(A B C);
tuple!(A B C D);
tuple!(A B C D E);
tuple!(A B C D E F);
tuple!(A B C D E F G);
tuple!(A B C D E F G H);
tuple!(A B C D E F G H I);
tuple!(A B C D E F G H I J);
tuple!(A B C D E F G H I J K);
tuple!(A B C D E F G H I J K L);
