//! What the code says about its tables: static, plain data that `derive(Table)` and `schema!` write.
//!
//! Nothing here runs at a request. The data is shaped so that [`check`] can read it while the user's crate is compiled:
//! every route's contract is judged by those `const fn`s, and the same definitions steer the program afterwards.

pub mod check;
mod message;
mod signature;

use std::any::Any;
use std::fmt;

pub(crate) use message::{Spelling, did_you_mean, did_you_mean_of, nearest};
pub use signature::{Param, Shape, Signature};

/// The tables of an application, as written by `pxt::schema![…]`.
#[derive(Debug)]
pub struct Schema {
    /// The definitions, in the order of the list.
    pub tables: &'static [&'static TableDef],
}

/// One table: its name, its columns, and where it was declared.
#[derive(Debug)]
pub struct TableDef {
    /// The full name, as routes write it: `films.posters`.
    pub name: &'static str,
    /// [`fnv1a`] of the name.
    pub hash: u64,
    /// The struct's doc comment.
    pub doc: &'static str,
    /// The columns, in the order of the struct's fields.
    pub columns: &'static [ColumnDef],
    /// Whether the derive refused part of the struct. Checks against such a table stay silent about what they miss.
    pub incomplete: bool,
    /// Where the struct stands.
    pub at: At,
    /// The module that it stands in, as `module_path!()` says.
    pub module: &'static str,
    /// The functions behind the columns.
    pub code: Code,
}

/// One column.
#[derive(Debug)]
pub struct ColumnDef {
    /// The field's name.
    pub name: &'static str,
    /// [`fnv1a`] of the name.
    pub hash: u64,
    /// The field's doc comment.
    pub doc: &'static str,
    /// What the column holds.
    pub ty: ColumnType,
    /// Whether the field is an `Option`.
    pub nullable: bool,
    /// Whether the column belongs to the primary key.
    pub primary_key: bool,
    /// Whether the database numbers the column.
    pub auto: bool,
    /// Whether a default stands in when the caller leaves the column out.
    pub default: bool,
    /// The most bytes of a value, where the column says so.
    pub max_bytes: Option<usize>,
    /// How the column follows from others, for a computed one.
    pub computed: Option<Computed>,
}

/// How a computed column follows from other columns.
#[derive(Debug)]
pub struct Computed {
    /// The call as it was written, for the catalog and for messages: `crate::thumbnail(image, 320)`.
    pub call: &'static str,
    /// Positions, in the table, of the columns that the call reads.
    pub reads: &'static [usize],
    /// What a failure does to the row.
    pub on_error: OnError,
}

/// What a failing function does to the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    /// The whole write is refused.
    Abort,
    /// The column becomes null and the failure is recorded beside the row.
    Ignore,
}

/// The type of a column (the table of DESIGN D4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// `bool`
    Bool,
    /// `i64`
    Int,
    /// `f64`
    Float,
    /// `String`
    String,
    /// `jiff::Timestamp`
    Timestamp,
    /// `jiff::civil::Date`
    Date,
    /// `uuid::Uuid`
    Uuid,
    /// `serde_json::Value` or `pxt::Json<T>`
    Json,
    /// `pxt::Binary`
    Binary,
    /// `pxt::Array<T, N>`
    Array(Element, usize),
    /// `pxt::Image`
    Image,
    /// `pxt::Video`
    Video,
    /// `pxt::Audio`
    Audio,
    /// `pxt::Document`
    Document,
}

/// The element type of an array column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `i64`
    I64,
    /// `bool`
    Bool,
}

/// Functions that belong to a table, opaque in this room: `compute` wrote the type and reads it back.
#[derive(Clone, Copy)]
pub struct Code(pub &'static (dyn Any + Send + Sync));

/// A place in the user's source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// `file!()`
    pub file: &'static str,
    /// `line!()`
    pub line: u32,
}

impl Schema {
    /// The table of this name.
    pub fn table(&self, name: &str) -> Option<&'static TableDef> {
        self.tables.iter().copied().find(|table| table.name == name)
    }
}

impl TableDef {
    /// The position of the column of this name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The positions of the primary key's columns, in the table's order.
    pub fn key(&self) -> impl Iterator<Item = usize> {
        self.columns.iter().enumerate().filter(|(_, column)| column.primary_key).map(|(position, _)| position)
    }

    /// Whether a struct declares the table, and no file: a struct has a module.
    pub(crate) fn is_struct(&self) -> bool {
        !self.module.is_empty()
    }

    /// What whoever declares the table writes at a column of its key.
    pub(crate) fn key_mark(&self) -> &'static str {
        if self.is_struct() { "#[column(primary_key)]" } else { "primary_key = true" }
    }

    /// The position of the column that the database numbers.
    pub fn auto(&self) -> Option<usize> {
        self.columns.iter().position(|column| column.auto)
    }
}

impl ColumnDef {
    /// Whether a caller has to supply a value: not nullable, not computed, and nothing stands in for it.
    pub const fn required(&self) -> bool {
        !self.nullable && !self.auto && !self.default && self.computed.is_none()
    }

    /// The most bytes of a value: of text and JSON, where the column does not say, `max_text`; of bytes, as many as come.
    pub const fn most(&self, max_text: usize) -> usize {
        match (self.max_bytes, self.ty) {
            (Some(most), _) => most,
            (None, ColumnType::Binary) => usize::MAX,
            (None, _) => max_text,
        }
    }
}

impl ColumnType {
    /// Whether values are files, seen from outside as URLs.
    pub const fn is_media(self) -> bool {
        matches!(self, Self::Image | Self::Video | Self::Audio | Self::Document)
    }

    /// The name of the type where a table is declared without Rust; of an array, what stands before its element and length.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            other => other.word(),
        }
    }

    /// The word for the type in messages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float",
            Self::String => "text",
            Self::Timestamp => "timestamp",
            Self::Date => "date",
            Self::Uuid => "uuid",
            Self::Json => "json",
            Self::Binary => "binary",
            Self::Array(..) => "array",
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Document => "document",
        }
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code")
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// 64-bit FNV-1a. The macros write hashes of names into their output, so that a lookup at compile time compares numbers.
pub const fn fnv1a(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        i += 1;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::fnv1a;

    /// Vectors of the hash's reference implementation; `pxt-macros` holds the same ones to its own copy.
    #[test]
    fn fnv1a_matches_the_reference() {
        assert_eq!(fnv1a(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a("foobar"), 0x8594_4171_f739_67e8);
    }
}
