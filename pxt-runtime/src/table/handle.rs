//! A table as the operations see it.

use std::sync::Arc;

use crate::compute::{Plan, TableCode};
use crate::error::{Error, Result};
use crate::schema::TableDef;
use crate::store::{Store, TableStatements};

/// A table with everything that an operation on it needs, made once.
pub(crate) struct Handle {
    /// The definition.
    pub(crate) def: &'static TableDef,
    /// The functions behind the columns.
    pub(crate) code: &'static TableCode,
    /// The computed columns.
    pub(crate) plan: Plan,
    /// The texts of the statements.
    pub(crate) statements: Arc<TableStatements>,
    /// Positions of the primary key's columns.
    pub(crate) key: Vec<usize>,
    /// Position of the column that the database numbers.
    pub(crate) auto: Option<usize>,
    /// Bytes of a text or of JSON, where the column does not say.
    pub(crate) max_text: usize,
}

impl Handle {
    /// # Errors
    /// 500 for a definition that `derive(Table)` did not write.
    pub(super) fn new(def: &'static TableDef, store: &Store, max_text: usize) -> Result<Self> {
        let code = TableCode::of(def).ok_or_else(|| Error::internal("a table has no code"))?;
        Ok(Self {
            def,
            code,
            plan: Plan::new(def, code, max_text),
            statements: store.prepare(def),
            key: def.key().collect(),
            auto: def.auto(),
            max_text,
        })
    }

    /// The most bytes of a value of this column.
    pub(crate) fn most(&self, column: usize) -> usize {
        self.def.columns[column].most(self.max_text)
    }
}
