//! Cells that cannot be read: what others wrote there is not of the column's type.
//!
//! Such a cell is named by its table, its column and the key of its row, so that whoever reads the log finds it. It harms its
//! own row alone: whoever reads many rows leaves that one out.

use serde_json::Value as Json;

use super::StoreError;
use crate::schema::TableDef;
use crate::value::{Row, Value};

/// The most characters of a value of a key in a message.
const SHOWN: usize = 100;

/// A cell that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column `{table}.{column}` holds a value that is not of its type ({wanted}), in the row {key}")]
pub struct Unreadable {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The column's type in a word or two.
    pub wanted: &'static str,
    /// The key of the row as a JSON object, long values cut short; empty when the table has none, or when it was not read.
    pub key: String,
}

/// A row of a select, or the cell on whose account there is none.
pub(super) type Line = Result<Row, Box<Unreadable>>;

impl Unreadable {
    /// The cell of a declared column, of a row that has the values of all of them.
    pub(crate) fn of(def: &'static TableDef, position: usize, row: &[Value]) -> Self {
        let column = &def.columns[position];
        Self::new(def.name, column.name, column.ty.word(), key(def, row))
    }

    /// A cell of a row with this key.
    pub(crate) fn new<'v>(
        table: &'static str,
        column: &'static str,
        wanted: &'static str,
        key: impl Iterator<Item = (String, &'v Value)>,
    ) -> Self {
        let key = Json::Object(key.map(|(name, value)| (name, shown(value))).collect());
        Self { table, column, wanted, key: key.to_string() }
    }

    /// Says in the log that the row is not part of an answer.
    pub(crate) fn log_left_out(&self) {
        let Self { table, column, key, .. } = self;
        tracing::warn!(table, column, key, cause = %self, "a row cannot be read, and is left out");
    }
}

impl From<Unreadable> for StoreError {
    fn from(cell: Unreadable) -> Self {
        Self::Unreadable(Box::new(cell))
    }
}

/// What identifies a row that has the values of all declared columns.
pub(super) fn key<'v>(def: &'static TableDef, row: &'v [Value]) -> impl Iterator<Item = (String, &'v Value)> {
    def.key().map(|key| (def.columns[key].name.to_owned(), &row[key]))
}

/// A value as messages show it.
fn shown(value: &Value) -> Json {
    let cut = |text: &str| text.chars().take(SHOWN).collect::<String>().into();
    match value {
        Value::Media(file) => cut(file.key().unwrap_or_default()),
        value => match serde_json::to_value(value).unwrap_or_default() {
            Json::String(text) => cut(&text),
            list @ (Json::Array(_) | Json::Object(_)) => cut(&list.to_string()),
            plain => plain,
        },
    }
}
