//! What is kept of a row beside it, as a background job does: its answer, or what the answer is made of later. With that, whoever
//! goes on after a crash goes on behind the commit.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::{Columns, Handle, Tables};
use crate::error::{Error, Result};
use crate::value::{Media, Row, Value, from_stored};

/// What to keep of a row.
#[derive(Clone, Copy)]
pub(crate) enum Keep<'k> {
    /// The answer: these columns as JSON. If the database numbers the row, and the number is among them, it is not known yet: then
    /// they are kept as [`Keep::Row`].
    Answer(&'k Columns),
    /// The values of these columns and the key.
    Row(&'k [usize]),
}

/// What is kept of a row.
pub(crate) enum Kept {
    /// The answer as JSON: nothing is left to do.
    Answer(String),
    /// The values that [`Tables::restore`] makes a row of.
    Row(String),
}

impl Tables {
    /// Writes down what is kept of a row that is about to be stored.
    pub(super) fn keep(&self, keep: &Keep<'_>, table: &Handle, row: &[Value]) -> Result<Kept> {
        let columns = match keep {
            Keep::Answer(columns) => {
                let is_numbered = |auto: &usize| row[*auto].is_null() && columns.positions().contains(auto);
                if !table.auto.as_ref().is_some_and(is_numbered) {
                    let mut answer = Vec::with_capacity(256);
                    self.write_columns(columns, row, &mut answer)?;
                    return String::from_utf8(answer).map(Kept::Answer).map_err(Error::internal);
                }
                columns.positions()
            }
            Keep::Row(columns) => columns,
        };
        let mut kept = BTreeMap::new();
        for &column in columns.iter().chain(&table.key) {
            let raw = match &row[column] {
                Value::Media(file) => serde_json::value::to_raw_value(&file.key())?,
                value => serde_json::value::to_raw_value(value)?,
            };
            kept.insert(table.def.columns[column].name, raw);
        }
        Ok(Kept::Row(serde_json::to_string(&kept)?))
    }

    /// The row of which something was kept, as far as it was; the other columns are null. `number` is what the database numbered it.
    ///
    /// # Errors
    /// 500 when it cannot be read.
    pub(crate) fn restore(&self, table: &Handle, kept: &str, number: i64) -> Result<Row> {
        let kept: BTreeMap<&str, &RawValue> = serde_json::from_str(kept)?;
        let mut row = vec![Value::Null; table.def.columns.len()];
        for (name, raw) in kept {
            let Some(column) = table.def.position(name) else { continue };
            let def = &table.def.columns[column];
            row[column] = if def.ty.is_media() && raw.get() != "null" {
                let key: String = serde_json::from_str(raw.get())?;
                Value::Media(Media::stored(key))
            } else {
                // A computed column is null in the end where its function failed.
                from_stored(def.ty, def.nullable || raw.get() == "null", raw).map_err(Error::internal)?
            };
        }
        if let Some(auto) = table.auto
            && row[auto].is_null()
        {
            row[auto] = Value::Int(number);
        }
        Ok(self.attach(row))
    }
}
