//! How answers become rows of a table: which column takes which field, and by which statements.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::value::RawValue;
use uuid::Uuid;

use super::failure::Refused;
use super::statement::Statements;
use super::table::{Column, TargetTable, Type};
use super::value::{self, Value};
use crate::export::ExportMethod;

/// The column of a target that holds the export's id, if it has it: a row that arrives twice is there once then.
pub(crate) const ID_COLUMN: &str = "_pxt_export_id";

/// How rows with certain fields are written to a table: texts and conversions, made once.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(super) table: Arc<TargetTable>,
    pub(super) method: ExportMethod,
    pub(super) statements: Statements,
    /// The table's columns that are written, by their numbers: that of the id is the last one.
    columns: Vec<usize>,
    /// Those that rows are found by, as places in `columns`.
    key: Vec<usize>,
    has_id: bool,
}

/// The values of a row, in the order of the writer's columns.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) id: Uuid,
    pub(super) values: Vec<Value>,
    /// What tells the row from others, where it is found by its key.
    pub(super) key: Option<String>,
}

impl TargetTable {
    /// What writes rows with these fields.
    ///
    /// # Errors
    /// When a column is missing, or the table has no key to find a row by.
    pub(crate) fn writer(self: &Arc<Self>, fields: &[&str], method: ExportMethod) -> Result<Writer, Refused> {
        let place = |name: &str| self.columns.iter().position(|column| column.name == name);
        let mut columns = Vec::with_capacity(fields.len() + 1);
        for name in fields {
            columns.push(place(name).ok_or_else(|| Refused(format!("`{}` has no column `{name}`", self.name)))?);
        }
        let mut key = Vec::new();
        if method != ExportMethod::Insert {
            if self.key.is_empty() {
                return Err(Refused(format!("`{}` has no primary key to find rows by", self.name)));
            }
            for name in &self.key {
                let place = fields.iter().position(|field| field == name);
                key.push(place.ok_or_else(|| Refused(format!("`{name}` of the primary key is not answered")))?);
            }
            if key.len() == columns.len() {
                return Err(Refused(format!("only the primary key of `{}` is answered", self.name)));
            }
        }
        let id = place(ID_COLUMN);
        columns.extend(id);
        let written: Vec<&Column> = columns.iter().map(|at| &self.columns[*at]).collect();
        let statements = Statements::new(self, &written, &key, method);
        Ok(Writer { table: self.clone(), method, statements, columns, key, has_id: id.is_some() })
    }
}

impl Writer {
    /// What tells the row of the target from others, where the method looks for one by its key.
    ///
    /// # Errors
    /// When the answer cannot be read.
    pub(crate) fn key(&self, body: &str) -> Result<Option<String>, Refused> {
        if self.key.is_empty() {
            return Ok(None);
        }
        let fields = parse(body)?;
        let values = self.key.iter().map(|at| self.value(&fields, self.columns[*at])).collect::<Result<Vec<_>, _>>()?;
        Ok(Some(key(values.iter())))
    }

    /// The values of an answer.
    pub(super) fn bind(&self, id: Uuid, body: &str) -> Result<Bound, Refused> {
        let fields = parse(body)?;
        let (of_id, of_fields) = self
            .columns
            .split_last()
            .filter(|_| self.has_id)
            .map_or((None, &self.columns[..]), |(id, fields)| (Some(*id), fields));
        let mut values = of_fields.iter().map(|at| self.value(&fields, *at)).collect::<Result<Vec<_>, _>>()?;
        if let Some(at) = of_id {
            values.push(self.id(id, &self.table.columns[at]));
        }
        let bytes: usize = values.iter().map(size).sum();
        if let Some(most) = self.table.most_bytes.filter(|most| bytes as u64 > *most) {
            return Err(Refused(format!("the row has {bytes} bytes, and the server takes {most} at most")));
        }
        let key = (!self.key.is_empty()).then(|| key(self.key.iter().map(|at| &values[*at])));
        Ok(Bound { id, values, key })
    }

    /// What an id is in its column.
    pub(super) fn id_value(&self, id: Uuid) -> Option<Value> {
        let at = self.columns.last().filter(|_| self.has_id)?;
        Some(self.id(id, &self.table.columns[*at]))
    }

    fn id(&self, id: Uuid, column: &Column) -> Value {
        match column.ty {
            Type::FixedBytes(_) => Value::Bytes(id.into_bytes().into()),
            _ => Value::Text(id.hyphenated().to_string()),
        }
    }

    /// A field that is not there is null.
    fn value(&self, fields: &HashMap<String, &RawValue>, at: usize) -> Result<Value, Refused> {
        let column = &self.table.columns[at];
        let raw = fields.get(&column.name).map_or("null", |raw| raw.get());
        value::read(self.table.server, column, raw).map_err(|problem| Refused(format!("`{}` {problem}", column.name)))
    }
}

fn parse(body: &str) -> Result<HashMap<String, &RawValue>, Refused> {
    serde_json::from_str(body).map_err(|_| Refused("the answer is not a JSON object".to_owned()))
}

/// About so many bytes of a statement.
pub(super) fn size(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len() + 9,
        Value::Bytes(bytes) => bytes.len() + 9,
        _ => 9,
    }
}

/// Texts that a collation may take for the same are the same key here: those rows are written one after the other.
fn key<'v>(values: impl Iterator<Item = &'v Value>) -> String {
    let parts: Vec<_> = values.map(|value| text(value).map(|text| text.trim_end().to_lowercase())).collect();
    serde_json::to_string(&parts).expect("texts are JSON")
}

/// A value as PostgreSQL reads it from a text.
pub(super) fn text(value: &Value) -> Option<String> {
    match *value {
        Value::Null => None,
        Value::Int(number) => Some(number.to_string()),
        Value::Unsigned(number) => Some(number.to_string()),
        // With an exponent where there would be hundreds of zeros.
        Value::Number(number) => Some(format!("{number:?}")),
        Value::Text(ref text) => Some(text.clone()),
        Value::Bytes(ref bytes) => Some(hex(bytes)),
    }
}

/// As PostgreSQL writes bytes.
fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 + 2 * bytes.len());
    text.push_str("\\x");
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)].into());
        text.push(DIGITS[usize::from(byte & 15)].into());
    }
    text
}
