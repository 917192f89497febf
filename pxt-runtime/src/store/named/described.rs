//! The rows of a described statement: which of them are asked for, and how each is read.

use super::{Described, DescribedColumn};
use crate::schema::ColumnType;
use crate::store::error::StoreError;
use crate::store::script;
use crate::value::{Row, Value};

/// Limit and offset of a statement around a text.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Window {
    pub(in crate::store) limit: u64,
    pub(in crate::store) offset: u64,
}

impl Window {
    /// As the databases count rows.
    pub(in crate::store) fn numbers(self) -> [i64; 2] {
        [self.limit, self.offset].map(|rows| rows.try_into().unwrap_or(i64::MAX))
    }
}

impl Described {
    /// The values of a row; `read` reads the one at a position, as a type or as what it is.
    ///
    /// # Errors
    /// [`StoreError::Mistake`] for a value that is not what its column is declared as.
    pub(in crate::store) fn row(
        &self,
        read: impl Fn(Option<ColumnType>, usize) -> Result<Value, StoreError>,
    ) -> Result<Row, StoreError> {
        let value = |(position, column): (usize, &DescribedColumn)| match read(column.ty, position)? {
            Value::Null if column.strict => Err(script::unexpected_null(&column.name)),
            Value::Float(number) if !number.is_finite() => Err(script::not_finite(&column.name)),
            value => Ok(value),
        };
        self.columns.iter().enumerate().map(value).collect()
    }

    /// A value of a parameter that cannot be bound.
    pub(in crate::store) fn wrong_value(&self, position: usize, problem: &'static str) -> StoreError {
        StoreError::Value { table: "", column: self.parameters[position].0, problem }
    }

    /// What the database fails to compute, which values that clients bring may be the reason of.
    pub(in crate::store) fn failed(&self, error: StoreError) -> StoreError {
        match error {
            StoreError::Database(source) if !self.parameters.is_empty() => StoreError::Data(source),
            error => error,
        }
    }

    /// A table or column that the text names is gone.
    pub(in crate::store) fn changed(&self) -> StoreError {
        StoreError::SchemaChanged { table: self.tables.first().map_or("", |table| table.name) }
    }
}
