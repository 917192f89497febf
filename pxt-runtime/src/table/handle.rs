//! A table as the operations see it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::compute::{Plan, TableCode};
use crate::error::{Error, Result};
use crate::schema::{Schema, TableDef};
use crate::store::TableStatements;

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
    fn new(def: &'static TableDef, statements: Arc<TableStatements>, max_text: usize) -> Result<Self> {
        let code = TableCode::of(def).ok_or_else(|| Error::internal("a table has no code"))?;
        Ok(Self {
            def,
            code,
            plan: Plan::new(def, code, max_text),
            statements,
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

/// The tables of a schema, by name.
pub(crate) struct Handles {
    schema: &'static Schema,
    tables: HashMap<&'static str, Arc<Handle>>,
}

impl Handles {
    /// The tables with their statements; texts without a limit of their own may have `max_text` bytes.
    ///
    /// # Errors
    /// 500 for a definition that `derive(Table)` did not write.
    pub(crate) fn new(
        schema: &'static Schema,
        statements: impl Fn(&'static TableDef) -> Arc<TableStatements>,
        max_text: usize,
    ) -> Result<Self> {
        let tables = schema.tables.iter().copied();
        let tables = tables.map(|def| Ok((def.name, Arc::new(Handle::new(def, statements(def), max_text)?))));
        Ok(Self { schema, tables: tables.collect::<Result<_>>()? })
    }

    /// The tables that the code declares.
    pub(crate) fn schema(&self) -> &'static Schema {
        self.schema
    }

    /// The table of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Handle>> {
        self.tables.get(name)
    }
}
