//! Not public API. Used by generated code.

pub use inventory;
pub use schemars::{Schema as JsonSchema, SchemaGenerator};
pub use tokio::sync::Semaphore;

pub use crate::app::{NoKey, QueryDef, QueryFunction, QueryOutput, QueryParam, Rows, Table, call_query};
pub use crate::compute::{
    Arg, Arguments, Call, ColumnCode, ComputedCode, Function, FunctionDef, Plain, Reportable, Returned, Returns,
    TableCode,
};
pub use crate::error::Error;
pub use crate::export::{Delivery, ExportMethod};
pub use crate::query::{Column, Defined, FromRow, MadeOf, Record, RowField, RowShape, table_fields};
pub use crate::route::{AttributeExport, AttributeRoute, Background, Handler, Method, QueryRoute, Response};
pub use crate::schema::check::{self, Kind};
pub use crate::schema::{
    At, Code, ColumnDef, ColumnType, Computed, OnError, Param, Schema, Shape, Signature, TableDef,
};
pub use crate::value::{ColumnValue, Make, Mismatch, Parameter, QueryParameter, Value};

/// The column type of a field. Every [`ColumnValue`] has one.
pub const fn column_type(shape: Shape) -> ColumnType {
    match shape.ty {
        Some(ty) => ty,
        None => panic!("a field's type has no column type"),
    }
}
