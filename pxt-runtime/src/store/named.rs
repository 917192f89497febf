//! A program's own SQL text with named parameters: described once, at the start, and then read page by page.
//!
//! The text is prepared where it can only be read, so what is wrong with it is known before the first request, and so is what its
//! columns are. A column that is one of a declared table has that column's type.

mod columns;
mod numbered;
mod page;
mod texts;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::extents::Extents;
use super::sql::Dialect;
use super::{Store, StoreError};
use crate::schema::{ColumnType, Schema, Shape, TableDef};

pub(super) use columns::{Found, FoundColumn, Held};
pub(super) use numbered::number;
pub use page::Rows;
pub(super) use page::Window;

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

impl Store {
    /// Finds out what a text answers, without running it.
    ///
    /// # Errors
    /// [`Undescribed::Mistakes`] with all that is wrong with the text, and [`Undescribed::Store`] when the database cannot be
    /// asked.
    pub async fn describe(&self, schema: &'static Schema, named: Named<'_>) -> Result<Arc<Described>, Undescribed> {
        let database = &self.0.database;
        let dialect = database.dialect();
        let names: Vec<&str> = named.parameters.iter().map(|(name, _)| *name).collect();
        let numbered = number(dialect, named.text, &names).map_err(Undescribed::Mistakes)?;
        self.look(false).await?;
        let types: Vec<ColumnType> = named.parameters.iter().map(|(_, ty)| *ty).collect();
        let found = database.describe(&numbered.text, &types).await;
        let found = found.map_err(|refused| refused.told(&numbered, named.text, dialect))?;
        let columns = columns::judge(database, schema, &found, named).map_err(Undescribed::Mistakes)?;
        let texts = texts::Texts::new(dialect, &numbered.text, &columns, types.len());
        // What the columns do not show: that it writes all the same, or may not be read.
        let tried = database.attempt(&texts.rows, &types).await;
        tried.map_err(|refused| refused.told_whole())?;
        let tables = schema.tables.iter().copied().filter(|table| found.tables.iter().any(|name| name == table.name));
        Ok(Arc::new(Described {
            columns,
            tables: tables.collect(),
            parameters: named.parameters.to_vec(),
            texts,
            extents: Extents::default(),
        }))
    }
}

impl Refused {
    /// What is wrong, and where in the text as it was written.
    fn told(self, numbered: &numbered::Numbered, written: &str, dialect: Dialect) -> Undescribed {
        let Self::Text { told, at } = self else { return self.told_whole() };
        let start = at.map(|at| numbered.written(at)).or_else(|| columns::named_in(&told, written, dialect));
        let at = start.map(|start| start..columns::word_end(written, start));
        Undescribed::Mistakes(vec![Mistake { text: format!("the database does not take the SQL text: {told}"), at }])
    }

    /// The same for a text that the place says nothing about.
    fn told_whole(self) -> Undescribed {
        match self {
            Self::Store(StoreError::Mistake(text)) => Undescribed::Mistakes(vec![Mistake::of_all(text)]),
            Self::Store(error) => Undescribed::Store(error),
            Self::Text { told, .. } => {
                Undescribed::Mistakes(vec![Mistake::of_all(format!("the database does not take the SQL text: {told}"))])
            }
        }
    }
}
