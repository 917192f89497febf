//! A place in a table's stable order: what identifies a row, whatever becomes of its other values.

use serde_json::value::RawValue;

use crate::schema::TableDef;
use crate::value::{Value, from_stored};

/// Identifies a row: by its primary key, or by the hidden row number where the table declares none.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor(pub(super) Vec<Value>);

impl Cursor {
    /// The text that the catalog keeps.
    pub(super) fn to_json(&self) -> Option<Box<RawValue>> {
        serde_json::value::to_raw_value(&self.0).ok()
    }

    /// Reads what [`to_json`](Self::to_json) wrote. None when it is not a place in this table.
    pub(super) fn from_json(def: &TableDef, raw: &RawValue) -> Option<Self> {
        let items: Vec<&RawValue> = serde_json::from_str(raw.get()).ok()?;
        let keys: Vec<usize> = def.key().collect();
        if keys.is_empty() {
            let [item] = items.as_slice() else { return None };
            return Some(Self(vec![Value::Int(serde_json::from_str(item.get()).ok()?)]));
        }
        if keys.len() != items.len() {
            return None;
        }
        let values = keys.iter().zip(items).map(|(&key, item)| {
            let column = &def.columns[key];
            from_stored(column.ty, column.nullable, item).ok()
        });
        values.collect::<Option<_>>().map(Self)
    }
}
