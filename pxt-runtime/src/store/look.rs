//! A database as it is, looked at without a change of it: what files are judged by, and what a start would do.

use super::catalog::{Definition, Pending, Snapshot};
use super::introspect::{self, ExistingTable};
use crate::schema::TableDef;

/// What a database holds.
#[derive(Debug)]
pub(crate) struct Look {
    pub(super) snapshot: Snapshot,
    /// The tables that a start would adopt.
    pub(crate) adopted: Vec<&'static TableDef>,
}

impl Look {
    /// A snapshot, behind the adoption of tables.
    pub(super) fn new(
        mut snapshot: Snapshot,
        adoptions: impl IntoIterator<Item = (&'static TableDef, Definition)>,
    ) -> Self {
        let mut adopted = Vec::new();
        for (def, definition) in adoptions {
            snapshot.enter(def, &definition, 1, &Pending::default());
            adopted.push(def);
        }
        Self { snapshot, adopted }
    }

    /// All tables of the database, whoever made them, by name. On PostgreSQL, those of the current schema.
    pub(crate) fn tables(&self) -> Vec<ExistingTable> {
        introspect::tables(&self.snapshot, self.snapshot.dialect())
    }
}
