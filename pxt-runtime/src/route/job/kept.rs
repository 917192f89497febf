//! What a job keeps of the row that it has committed: the columns that are answered, and the key. With them an attempt that
//! follows a crash goes on behind the commit.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::error::{Error, Result};
use crate::jobs::{Committed, Saved};
use crate::route::answer::RowAnswer;
use crate::route::endpoint::RowAction;
use crate::table::App;
use crate::value::{Media, Row, Value, from_stored};

/// What is kept of a row: its answer, where that is all there is to do; else what the answer is made of.
pub(in crate::route) fn keep(app: &App, action: &RowAction, row: &Row) -> Result<Saved> {
    let outputs = action.answer.outputs();
    // The database numbers the row as it is committed.
    let is_numbered = action.table.auto.is_some_and(|auto| row[auto].is_null() && outputs.contains(&auto));
    if let RowAnswer::Columns(columns) = &action.answer
        && !is_numbered
    {
        let mut body = Vec::with_capacity(256);
        columns.write(app, row.clone(), &mut body)?;
        return String::from_utf8(body).map(Saved::Result).map_err(Error::internal);
    }
    let mut kept = BTreeMap::new();
    for &column in outputs.iter().chain(&action.table.key) {
        let raw = match &row[column] {
            Value::Media(file) => serde_json::value::to_raw_value(&file.key())?,
            value => serde_json::value::to_raw_value(value)?,
        };
        kept.insert(action.table.def.columns[column].name, raw);
    }
    Ok(Saved::Row(serde_json::to_string(&kept)?))
}

/// The row of an earlier attempt, as far as it is needed; the other columns are null.
pub(in crate::route) fn restore(app: &App, action: &RowAction, committed: &Committed) -> Result<Row> {
    let kept: BTreeMap<&str, &RawValue> = serde_json::from_str(&committed.row)?;
    let mut row = vec![Value::Null; action.table.def.columns.len()];
    for (name, raw) in kept {
        let Some(column) = action.table.def.position(name) else { continue };
        let def = &action.table.def.columns[column];
        row[column] = if def.ty.is_media() && raw.get() != "null" {
            let key: String = serde_json::from_str(raw.get())?;
            Value::Media(Media::stored(key))
        } else {
            // A computed column is null in the end where its function failed.
            from_stored(def.ty, def.nullable || raw.get() == "null", raw).map_err(Error::internal)?
        };
    }
    if let Some(auto) = action.table.auto
        && row[auto].is_null()
    {
        row[auto] = Value::Int(committed.outcome);
    }
    Ok(app.attach(row))
}
