//! Inserting a row, and computing one without storing it.

use super::{App, Handle, media_error, store_error};
use crate::compute::{self, Outcome, Step};
use crate::error::{Error, FieldError, Result};
use crate::value::{Row, Value, check};

impl App {
    /// Stores a row: what is given, then defaults, files, computed columns, commit. Returns the whole row. A row that is
    /// refused leaves no files behind.
    pub(crate) async fn insert(&self, table: &Handle, given: Vec<Option<Value>>) -> Result<Row> {
        let mut row = with_defaults(table, given);
        match self.store_row(table, &mut row).await {
            Ok(()) => Ok(row),
            Err(error) => {
                self.discard(table, row, &error).await;
                Err(error)
            }
        }
    }

    async fn store_row(&self, table: &Handle, row: &mut Row) -> Result<()> {
        let outcome = self.prepare(table, row, &table.plan.all()).await?;
        let stored = self.store().insert(&table.statements, row.clone(), outcome.to_json()).await;
        let number = stored.map_err(store_error)?;
        if let (Some(position), Some(number)) = (table.auto, number) {
            row[position] = Value::Int(number);
        }
        Ok(())
    }

    /// Computes the columns that the outputs need, and stores nothing but the files that functions make, which are swept
    /// later.
    pub(crate) async fn compute(&self, table: &Handle, given: Vec<Option<Value>>, outputs: &[usize]) -> Result<Row> {
        let mut row = with_defaults(table, given);
        match self.prepare(table, &mut row, &table.plan.needed(outputs)).await {
            Ok(_) => Ok(row),
            Err(error) => {
                self.discard(table, row, &error).await;
                Err(error)
            }
        }
    }

    async fn prepare(&self, table: &Handle, row: &mut Row, steps: &[&Step]) -> Result<Outcome> {
        refuse(table, row.iter().enumerate())?;
        self.settle(table, row.iter_mut().enumerate()).await?;
        compute::run(table.def, steps, self.media(), row).await
    }

    /// Stores the files among the values.
    pub(super) async fn settle(&self, table: &Handle, values: impl Iterator<Item = (usize, &mut Value)>) -> Result<()> {
        for (position, value) in values {
            if let Value::Media(file) = value {
                let column = &table.def.columns[position];
                let public_url = self.settings().public_url.as_deref();
                let stored = self.media().settle(table.def.name, column.ty, file.clone(), public_url).await;
                *file = stored.map_err(|error| media_error(column.name, error))?;
            }
        }
        Ok(())
    }
}

fn with_defaults(table: &Handle, given: Vec<Option<Value>>) -> Row {
    let columns = given.into_iter().zip(table.code.columns);
    let value = |(value, code): (Option<Value>, &compute::ColumnCode)| {
        value.unwrap_or_else(|| code.default.map_or(Value::Null, |default| default()))
    };
    columns.map(value).collect()
}

/// Refuses values that no database holds, all of them at once.
pub(super) fn refuse<'a>(table: &Handle, values: impl Iterator<Item = (usize, &'a Value)>) -> Result<()> {
    let fields: Vec<_> = values
        .filter_map(|(position, value)| {
            let refusal = check(value).err()?;
            Some(FieldError::pointer(table.def.columns[position].name, refusal.code, refusal.detail))
        })
        .collect();
    if fields.is_empty() { Ok(()) } else { Err(Error::invalid(fields)) }
}
