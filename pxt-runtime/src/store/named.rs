//! A program's own SQL text with named parameters: described once, at the start, and then read page by page.
//!
//! The text is prepared where it can only be read, so what is wrong with it is known before the first request, and so is what its
//! columns are. A column that is one of a declared table has that column's type.

mod columns;
mod describe;
mod described;
mod found;
mod numbered;
mod page;
mod texts;

use std::fmt;
use std::ops::Range;

use super::error::StoreError;
use super::extents::Extents;
use super::sql::Dialect;
use crate::schema::{ColumnType, Shape, TableDef};

pub(super) use described::Window;
pub(super) use found::{Found, FoundColumn, Held};
pub(super) use numbered::number;
pub use page::Rows;

/// A text about to be described.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// The statement, with its parameters as `:name`.
    pub text: &'a str,
    /// The parameters, in the order in which their values are bound.
    pub parameters: &'a [(&'static str, ColumnType)],
    /// What some columns hold, where the database does not say.
    pub columns: &'a [(String, Shape)],
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// What it is, and what to write.
    pub text: String,
    /// Where in the SQL text, in bytes, if it stands in one place.
    pub at: Option<Range<usize>>,
}

/// Why a text was not described.
#[derive(Debug)]
pub enum Undescribed {
    /// All that is wrong with it.
    Mistakes(Vec<Mistake>),
    /// The database did not answer.
    Store(StoreError),
}

/// A statement whose parameters and columns are known.
#[derive(Debug)]
pub struct Described {
    /// The columns of a row, in the order of the text.
    pub columns: Vec<DescribedColumn>,
    /// The declared tables that it reads.
    pub tables: Vec<&'static TableDef>,
    pub(super) parameters: Vec<(&'static str, ColumnType)>,
    pub(super) texts: texts::Texts,
    /// How much the last answer was.
    pub(super) extents: Extents,
}

/// A column of a described statement.
#[derive(Debug, Clone)]
pub struct DescribedColumn {
    /// Its name in JSON.
    pub name: String,
    /// What it holds. None where each value says so itself: an integer, a float, a text, or bytes.
    pub ty: Option<ColumnType>,
    /// Whether it may be null.
    pub nullable: bool,
    /// The column of a declared table that it is, by position.
    pub origin: Option<(&'static TableDef, usize)>,
    /// Whether a null is a mistake of whoever declared the column.
    pub(super) strict: bool,
}

/// What a database says of a text that it does not prepare.
#[derive(Debug)]
pub(super) enum Refused {
    /// The text is wrong.
    Text {
        /// In the database's own words.
        told: String,
        /// Where in the prepared text, in bytes, if it says so.
        at: Option<usize>,
    },
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<StoreError> for Undescribed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Mistake {
    fn at(at: Range<usize>, text: impl Into<String>) -> Self {
        Self { text: text.into(), at: Some(at) }
    }

    fn of_all(text: impl Into<String>) -> Self {
        Self { text: text.into(), at: None }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What is wrong with a text whichever database reads it, as far as that is known without one.
pub(crate) fn judge_named(text: &str, names: &[&str]) -> Vec<Mistake> {
    let mistakes = |dialect| number(dialect, text, names).err().unwrap_or_default();
    let other = mistakes(Dialect::Postgres);
    mistakes(Dialect::Sqlite).into_iter().filter(|mistake| other.contains(mistake)).collect()
}

#[cfg(test)]
mod tests {
    use super::judge_named;

    #[test]
    fn without_a_database_only_what_both_refuse_is_a_mistake() {
        for (text, names, count) in [
            ("SELECT :a", &["a"][..], 0),
            ("SELECT :a", &[], 1),
            ("DELETE FROM t; SELECT :a", &["b"], 3),
            // A name for one of them, and a placeholder for the other.
            ("SELECT [:a]", &[], 0),
            ("SELECT $$:a$$", &[], 0),
            ("SELECT @a", &[], 0),
        ] {
            assert_eq!(judge_named(text, names).len(), count, "{text}");
        }
    }
}
