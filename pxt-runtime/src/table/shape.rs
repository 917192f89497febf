//! Rows on their way out: files become URLs.

use super::{App, Handle};
use crate::media::MediaStore;
use crate::value::{Row, Value};

impl App {
    /// The values of some columns, taken out of a row, with files as URLs.
    pub(crate) fn shape(&self, mut row: Row, columns: &[usize]) -> Vec<Value> {
        let mut take = |&column: &usize| self.outside(std::mem::replace(&mut row[column], Value::Null));
        columns.iter().map(&mut take).collect()
    }

    /// A value as clients see it.
    pub(crate) fn outside(&self, value: Value) -> Value {
        match value {
            Value::Media(file) => match file.key() {
                Some(key) => Value::String(MediaStore::url(key, self.settings().public_url.as_deref())),
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
