//! Rows on their way out: as JSON, with files as URLs.

use std::borrow::{Borrow, Cow};

use super::{Handle, Tables};
use crate::error::{Error, Result};
use crate::media::MediaStore;
use crate::value::{Row, Value};

/// Columns of a row as a JSON object.
pub(crate) struct Columns {
    /// Their positions, in the order of the answer.
    positions: Vec<usize>,
    keys: Keys,
}

/// The names of an object's fields as JSON text, each with what stands before its value.
pub(crate) struct Keys(Vec<Box<[u8]>>);

impl Columns {
    pub(crate) fn new(positions: Vec<usize>, name: impl Fn(usize) -> &'static str) -> Self {
        let keys = Keys::new(positions.iter().map(|position| name(*position)));
        Self { positions, keys }
    }

    /// Their positions, in the order of the answer.
    pub(crate) fn positions(&self) -> &[usize] {
        &self.positions
    }
}

impl Keys {
    /// The keys of these names.
    pub(crate) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let key = |(position, name): (usize, &str)| {
            let before = if position == 0 { '{' } else { ',' };
            format!("{before}{}:", serde_json::Value::from(name)).into_bytes().into()
        };
        Self(names.enumerate().map(key).collect())
    }

    /// Writes an object of these keys and values.
    pub(crate) fn write<V: Borrow<Value>>(&self, values: impl Iterator<Item = V>, out: &mut Vec<u8>) -> Result<()> {
        for (key, value) in self.0.iter().zip(values) {
            out.extend_from_slice(key);
            write(value.borrow(), out)?;
        }
        out.extend_from_slice(if self.0.is_empty() { b"{}" } else { b"}" });
        Ok(())
    }
}

/// Writes a value as JSON.
pub(crate) fn write(value: &Value, out: &mut Vec<u8>) -> Result<()> {
    serde_json::to_writer(out, value).map_err(Error::internal)
}

impl Tables {
    /// Writes columns of a row as a JSON object.
    pub(crate) fn write_columns(&self, columns: &Columns, row: &[Value], out: &mut Vec<u8>) -> Result<()> {
        let value = |position: &usize| match &row[*position] {
            file @ Value::Media(_) => Cow::Owned(self.outside(file.clone())),
            value => Cow::Borrowed(value),
        };
        columns.keys.write(columns.positions.iter().map(value), out)
    }

    /// The values of some columns, taken out of a row, with files as URLs.
    pub(crate) fn shape(&self, mut row: Row, columns: &[usize]) -> Vec<Value> {
        let mut take = |&column: &usize| self.outside(std::mem::replace(&mut row[column], Value::Null));
        columns.iter().map(&mut take).collect()
    }

    /// A value as clients see it.
    pub(crate) fn outside(&self, value: Value) -> Value {
        match value {
            Value::Media(file) => match file.key() {
                Some(key) => Value::String(MediaStore::url(key, self.public_url())),
                None => Value::Null,
            },
            value => value,
        }
    }

    /// Makes the files of a row readable.
    pub(crate) fn attach(&self, mut row: Row) -> Row {
        for value in &mut row {
            if let Value::Media(file) = value {
                *file = self.media().attach(file.clone());
            }
        }
        row
    }

    /// The key of a row as a JSON object, for messages.
    pub(crate) fn key_json(&self, table: &Handle, row: &[Value]) -> serde_json::Value {
        let entry = |&column: &usize| {
            let value = serde_json::to_value(&row[column]).unwrap_or_default();
            (table.def.columns[column].name.to_owned(), value)
        };
        serde_json::Value::Object(table.key.iter().map(entry).collect())
    }
}
