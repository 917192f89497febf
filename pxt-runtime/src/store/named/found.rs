//! What a database says of a text that it has prepared.

use crate::schema::ColumnType;

/// What a database says of a text.
#[derive(Debug)]
pub(in crate::store) struct Found {
    pub(in crate::store) columns: Vec<FoundColumn>,
    /// The names of the tables that it reads.
    pub(in crate::store) tables: Vec<String>,
    /// Whether rows may have nulls in columns of tables that have none.
    pub(in crate::store) adds_nulls: bool,
}

/// A column as a database describes it.
#[derive(Debug)]
pub(in crate::store) struct FoundColumn {
    pub(in crate::store) name: String,
    /// Whether whoever wrote the text gave it the name.
    pub(in crate::store) is_named: bool,
    /// Table and column that it comes from.
    pub(in crate::store) origin: Option<(String, String)>,
    pub(in crate::store) held: Held,
}

/// What a database says of a column's values.
#[derive(Debug)]
pub(in crate::store) enum Held {
    /// Nothing: each value has a type of its own.
    Anything,
    Type {
        /// The database's number for it.
        number: u32,
        /// The database's word for it.
        word: String,
        /// What it is answered as.
        ty: Option<ColumnType>,
    },
}
