//! A database as it is, looked at without a change of it: what files are judged by, and what a start would do.

use super::catalog::{Pending, Snapshot};
use super::plan::Plan;
use super::{Drift, ExistingTable, Limits, StoreError, database, introspect};
use crate::schema::{Schema, TableDef};

/// What a database holds.
#[derive(Debug)]
pub(crate) struct Look {
    snapshot: Snapshot,
    /// The tables that would be taken over.
    adopted: Vec<&'static TableDef>,
}

impl Look {
    /// Looks at a database that [exists](super::exists). Those of the tables that pxt did not make are taken for adopted.
    ///
    /// # Errors
    /// Those of opening and reading; [`StoreError::Drift`] when a table cannot be adopted.
    pub(crate) async fn at(
        url: &str,
        read_url: Option<&str>,
        connections: usize,
        tables: &[&'static TableDef],
    ) -> Result<Self, StoreError> {
        let limits = Limits { connections, ..Limits::default() };
        let (mut snapshot, adoptions) = database::look(url, read_url, limits, tables).await?;
        let mut adopted = Vec::with_capacity(adoptions.len());
        for (def, definition) in adoptions {
            snapshot.enter(def, &definition, 1, &Pending::default());
            adopted.push(def);
        }
        Ok(Self { snapshot, adopted })
    }

    /// All tables of the database, whoever made them, by name. On PostgreSQL, those of the current schema.
    pub(crate) fn tables(&self) -> Vec<ExistingTable> {
        introspect::tables(&self.snapshot, self.snapshot.dialect())
    }

    /// The tables that a start would adopt.
    pub(crate) fn adopted(&self) -> &[&'static TableDef] {
        &self.adopted
    }

    /// How the declared tables differ from those of the database.
    pub(crate) fn compare(&self, schema: &'static Schema) -> Drift {
        Plan::new(schema, &self.snapshot, self.snapshot.dialect()).into_drift()
    }
}
