//! Values and rows, and every conversion between them and Rust types, JSON and form text.
//!
//! One room for the rules of coercion: what a request may write for a column is decided in `json` and `text`, what a
//! Rust type holds in [`ColumnValue`]. Nothing else in the crate converts.

mod array;
mod binary;
mod check;
mod column;
mod json;
mod length;
mod make;
mod media;
mod parameter;
mod refusal;
mod structured;
mod text;
mod tree;

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

pub use array::{Array, ArrayElement, Elements};
pub use binary::Binary;
pub(crate) use check::check;
pub use column::{ColumnValue, Mismatch, Structure};
pub use json::from_json;
pub(crate) use json::from_stored;
pub(crate) use length::{KEY, refuse_longer, size, too_long};
pub use make::Make;
pub use media::{Decoded, Media, MediaReader, Origin};
pub use parameter::{Parameter, QueryParameter};
pub use refusal::Refusal;
pub use structured::Json;
pub use text::from_text;
pub(crate) use tree::{read_stored, refuse_nul};

/// The value of one column in one row.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// A truth value.
    Bool(bool),
    /// A 64-bit integer.
    Int(i64),
    /// A finite number.
    Float(f64),
    /// Text without NUL characters.
    String(String),
    /// An instant, to the microsecond, in the years 1 to 9999.
    Timestamp(Timestamp),
    /// A calendar date in the years 1 to 9999.
    Date(Date),
    /// A UUID.
    Uuid(Uuid),
    /// Any JSON value.
    Json(serde_json::Value),
    /// Bytes.
    Binary(Binary),
    /// A list of fixed length.
    Array(Elements),
    /// A file.
    Media(Media),
}

/// The values of one row, in the order of its table's columns.
pub type Row = Vec<Value>;

impl Value {
    /// A number. SQLite keeps no negative zero, and so nobody does: an answer to a write equals the same row read later.
    pub(crate) fn float(number: f64) -> Self {
        Self::Float(number + 0.0)
    }

    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}
