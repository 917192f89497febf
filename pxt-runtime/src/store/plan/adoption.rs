//! Whether a table that pxt did not make can be taken for a declared one.
//!
//! It can when each column that both have holds the same values, and those that it lacks can be added later, as for any
//! other table: what is adopted is what there is.

use super::{Judge, not_null};
use crate::schema::{ColumnDef, TableDef};
use crate::store::catalog::{Definition, Existing, Physical, Snapshot, type_text};
use crate::store::drift::Difference;
use crate::store::sql::{Dialect, HIDDEN};

/// A table to take into the catalog.
#[derive(Debug)]
pub(in crate::store) struct Adoption {
    pub(in crate::store) def: &'static TableDef,
    /// The columns that it has.
    pub(in crate::store) definition: Definition,
}

/// Judges the tables that are in the database and not in the catalog. The others need no adoption: they are adopted
/// already, or will be made.
///
/// # Errors
/// All differences.
pub(in crate::store) fn judge(
    tables: &[&'static TableDef],
    snapshot: &Snapshot,
    dialect: Dialect,
) -> Result<Vec<Adoption>, Vec<Difference>> {
    let mut adoptions = Vec::new();
    let mut refused = Vec::new();
    for &def in tables.iter().filter(|def| !snapshot.entries.contains_key(def.name)) {
        let Some(existing) = snapshot.physical(def.name) else { continue };
        let mut judge = Judge { def, dialect, changes: Vec::new(), refused: Vec::new() };
        judge.names(std::iter::empty());
        judge.adoptable(existing);
        refused.append(&mut judge.refused);
        adoptions.push(Adoption { def, definition: Definition::of_existing(def, existing) });
    }
    if refused.is_empty() { Ok(adoptions) } else { Err(refused) }
}

/// Values of a column that pxt would not read.
pub(in crate::store) fn unreadable(def: &TableDef, column: &ColumnDef) -> Difference {
    let (name, ty) = (column.name, type_text(column.ty));
    let text = format!(
        "column `{}.{name}` holds values that are not {ty} as pxt writes it: convert them, or declare it as what they are",
        def.name
    );
    Difference { table: def.name, at: def.at, text }
}

impl Judge {
    fn adoptable(&mut self, existing: &Existing) {
        let name = self.def.name;
        if !existing.table {
            self.refuse(format!("`{name}` is a view, which cannot be written: name the table behind it"));
            return;
        }
        if existing.name != name {
            let there = &existing.name;
            self.refuse(format!("table `{name}` is `{there}` in the database: declare it with `name = \"{there}\"`"));
        }
        for column in self.def.columns {
            match existing.columns.iter().find(|there| there.name == column.name) {
                Some(there) => self.adopted(column, there),
                None if column.primary_key => self.refuse(format!(
                    "column `{name}.{}` is in the primary key and not in the database: declare the key that the table has",
                    column.name
                )),
                // Whether it can be added is asked afterwards, as of any table.
                None => {}
            }
        }
        let declared = |there: &Physical| self.def.position(&there.name).is_some();
        let undeclared: Vec<&Physical> = existing.columns.iter().filter(|there| !declared(there)).collect();
        for there in undeclared.iter().filter(|there| there.key) {
            let column = &there.name;
            self.refuse(format!(
                "column `{name}.{column}` is in the primary key of the database: declare it with `primary_key`"
            ));
        }
        for there in undeclared.iter().filter(|there| there.name.starts_with(HIDDEN)) {
            let column = &there.name;
            self.refuse(format!("column `{name}.{column}` is left of another catalog: drop it"));
        }
        if self.def.key().next().is_none() && !existing.columns.iter().any(|there| there.key) {
            self.without_key();
        }
        self.strange(&Definition::of_existing(self.def, existing), &existing.columns);
    }

    /// SQLite numbers rows by a primary key alone, which a table gets when it is made.
    fn without_key(&mut self) {
        if self.dialect == Dialect::Sqlite {
            let name = self.def.name;
            self.refuse(format!("table `{name}` has no primary key: make it anew with one, and declare that"));
        }
    }

    /// A column that both have.
    fn adopted(&mut self, column: &ColumnDef, there: &Physical) {
        let full = format!("`{}.{}`", self.def.name, column.name);
        if column.computed.is_some() {
            self.refuse(format!(
                "column {full} holds values that pxt did not compute: declare it without `computed`, or rename it"
            ));
        } else if !self.dialect.holds(column.ty, &there.ty) {
            let (is, declared, wanted) = (&there.ty, column.ty.word(), self.dialect.word(column.ty));
            let instead = match self.dialect.declared_as(&there.ty) {
                Ok(ty) => format!("declare it as {}", ty.word()),
                Err(why) => format!("leave it out of the struct, since it {why}"),
            };
            self.refuse(format!(
                "column {full} is {is} in the database and declared as {declared}: make it {wanted} there, or {instead}"
            ));
        } else if there.key != column.primary_key {
            let what = if there.key { "with" } else { "without" };
            self.refuse(format!(
                "the primary key of {full} is another in the database: declare it {what} `primary_key`"
            ));
        } else if column.auto && !there.numbered {
            self.refuse(format!("column {full} is not numbered by the database: declare it without `auto`"));
        } else if there.generated && !column.auto {
            let instead = if there.numbered { "declare it with `auto`" } else { "leave it out of the struct" };
            self.refuse(format!("column {full} is written by the database itself: {instead}"));
        } else if !self.is_as_declared(column, there) {
            let what =
                if not_null(column) { "may hold nulls: declare it as" } else { "takes no nulls: declare it without" };
            self.refuse(format!("column {full} {what} an `Option`"));
        }
    }
}
