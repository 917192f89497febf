//! The functions that belong to a table's columns: what `derive(Table)` writes beside the plain definition.

use schemars::{Schema, SchemaGenerator};

use super::FunctionDef;
use crate::schema::TableDef;
use crate::value::Make;

/// The functions of a table, column by column in the table's order.
#[derive(Debug)]
pub struct TableCode {
    /// One entry a column.
    pub columns: &'static [ColumnCode],
}

/// The functions of one column.
#[derive(Debug)]
pub struct ColumnCode {
    /// Makes the value that stands in when the caller leaves the column out.
    pub default: Option<Make>,
    /// Computes the value from others.
    pub computed: Option<ComputedCode>,
    /// The JSON schema that values keep to, for structured JSON.
    pub json_schema: fn(&mut SchemaGenerator) -> Option<Schema>,
    /// Says why JSON is not of the column's structure.
    pub refuse_json: fn(&serde_json::Value) -> Option<String>,
}

/// A call of a function over columns and literals.
#[derive(Debug)]
pub struct ComputedCode {
    /// The function.
    pub function: fn() -> &'static FunctionDef,
    /// Its arguments, in order.
    pub args: &'static [Arg],
}

/// An argument of a computed column's function.
#[derive(Debug)]
pub enum Arg {
    /// The value of the column of this name.
    Column(&'static str),
    /// A fixed value.
    Literal(Make),
}

impl TableCode {
    /// The functions of a table. None for a table that no `derive(Table)` wrote.
    pub fn of(table: &TableDef) -> Option<&'static Self> {
        table.code.0.downcast_ref()
    }
}
