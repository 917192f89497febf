//! Compares the declared tables with the catalog and with the tables that are really there.
//!
//! Knows no dialect: the database's own words for types come from [`Dialect`].

mod adoption;

use std::collections::HashMap;

use super::catalog::{Column, Definition, Entry, Pending, Physical, Snapshot, type_text};
use super::sql::{self, CATALOG, Dialect, HIDDEN};
use super::{Backfill, Change, ChangeKind, Difference, Drift, own};
use crate::schema::{ColumnDef, Schema, TableDef};
use crate::value::Value;

pub(super) use adoption::{Adoption, judge, unreadable};

/// The values that existing rows get in new columns, by table and position.
pub(super) type Defaults = HashMap<(&'static str, usize), Value>;

/// What is to be done, or why nothing is.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) tables: Vec<TablePlan>,
    pub(super) refused: Vec<Difference>,
}

/// What is to be done to one table.
#[derive(Debug)]
pub(super) struct TablePlan {
    pub(super) def: &'static TableDef,
    pub(super) changes: Vec<ChangeKind>,
    /// The catalog's version afterwards.
    pub(super) version: i64,
    /// The columns to backfill afterwards.
    pub(super) pending: Pending,
}

const ELSEWHERE: &str = "or declare the table under another name";

impl Plan {
    pub(super) fn new(schema: &'static Schema, snapshot: &Snapshot, dialect: Dialect) -> Self {
        let mut plan = Self::default();
        for (index, &def) in schema.tables.iter().enumerate() {
            let mut judge = Judge { def, dialect, changes: Vec::new(), refused: Vec::new() };
            judge.names(schema.tables[..index].iter().map(|other| other.name));
            let table = judge.table(snapshot);
            if judge.refused.is_empty() {
                plan.tables.extend(table);
            }
            plan.refused.append(&mut judge.refused);
        }
        plan
    }

    /// Whether the database fits as it is.
    pub(super) fn is_empty(&self) -> bool {
        self.refused.is_empty() && self.tables.iter().all(|table| table.changes.is_empty())
    }

    pub(super) fn changes(&self) -> Vec<Change> {
        let changes = |table: &TablePlan| {
            let def = table.def;
            table.changes.clone().into_iter().map(move |kind| Change { table: def, kind })
        };
        self.tables.iter().flat_map(changes).collect()
    }

    pub(super) fn backfill(&self) -> Vec<Backfill> {
        let pending = self.tables.iter().filter(|table| !table.pending.columns.is_empty());
        let backfill = |table: &TablePlan| Backfill {
            table: table.def,
            columns: table.pending.positions(table.def),
            after: table.pending.cursor(table.def),
        };
        pending.map(backfill).collect()
    }

    /// The versions that the declared tables belong to once the plan is carried out.
    pub(super) fn versions(&self) -> impl Iterator<Item = (&'static TableDef, i64)> {
        self.tables.iter().map(|table| (table.def, table.version))
    }

    pub(super) fn into_drift(self) -> Drift {
        Drift { additive: self.changes(), refused: self.refused }
    }
}

/// Collects what there is to say of one table.
struct Judge {
    def: &'static TableDef,
    dialect: Dialect,
    changes: Vec<ChangeKind>,
    refused: Vec<Difference>,
}

impl Judge {
    fn refuse(&mut self, text: String) {
        self.refused.push(Difference { table: self.def.name, at: self.def.at, text });
    }

    /// Names that the database would refuse or confuse. `before` are the tables declared before this one.
    fn names(&mut self, mut before: impl Iterator<Item = &'static str>) {
        let TableDef { name, columns, .. } = self.def;
        if (name.starts_with(HIDDEN) && !own::is_own(self.def))
            || columns.iter().any(|column| column.name.starts_with(HIDDEN))
        {
            self.refuse(format!("names in table `{name}` start with `{HIDDEN}`, which is kept for pxt: choose others"));
        }
        self.lengths();
        if let Some(other) = before.find(|other| sql::folded(other) == sql::folded(name)) {
            self.refuse(format!("the database takes the names `{other}` and `{name}` for the same: choose another"));
        }
        for (index, column) in columns.iter().enumerate() {
            let same = |other: &&ColumnDef| sql::folded(other.name) == sql::folded(column.name);
            if let Some(other) = columns[..index].iter().find(same) {
                let (one, two) = (other.name, column.name);
                self.refuse(format!(
                    "the database takes the columns `{one}` and `{two}` of `{name}` for the same: rename one"
                ));
            }
        }
    }

    /// Names that the database would cut off.
    fn lengths(&mut self) {
        let TableDef { name, columns, .. } = self.def;
        let most = self.dialect.longest_name();
        if name.len() > most {
            let bytes = name.len();
            self.refuse(format!(
                "the name of table `{name}` has {bytes} bytes, and the database keeps {most}: write a shorter `name`"
            ));
        }
        for column in columns.iter().filter(|column| column.name.len() > most) {
            let (column, bytes) = (column.name, column.name.len());
            self.refuse(format!(
                "the name of column `{name}.{column}` has {bytes} bytes, and the database keeps {most}: shorten it"
            ));
        }
    }

    fn table(&mut self, snapshot: &Snapshot) -> Option<TablePlan> {
        let name = self.def.name;
        match (snapshot.entries.get(name), snapshot.physical(name)) {
            (None, None) => {
                let changes = vec![ChangeKind::Table];
                Some(TablePlan { def: self.def, changes, version: 1, pending: Pending::default() })
            }
            (None, Some(_)) => {
                self.refuse(format!(
                    "a table `{name}` is in the database that pxt did not make: adopt it with {}, rename it, {ELSEWHERE}",
                    if self.def.is_struct() { format!("`Config::adopt([\"{name}\"])`") } else { "`adopt = true`".to_owned() }
                ));
                None
            }
            (Some(_), None) => {
                self.refuse(format!(
                    "table `{name}` is in the catalog but not in the database: restore it, or delete its row of \
                     `{CATALOG}` to have it made anew"
                ));
                None
            }
            (Some(entry), Some(existing)) => self.known(entry, &existing.columns),
        }
    }

    fn known(&mut self, entry: &Entry, physical: &[Physical]) -> Option<TablePlan> {
        let def = self.def;
        let read = (serde_json::from_str::<Definition>(&entry.definition), Pending::read(entry.backfill.as_deref()));
        let (Ok(definition), Some(mut pending)) = read else {
            let name = def.name;
            self.refuse(format!(
                "the catalog's entry of table `{name}` is of another version of pxt: use that version"
            ));
            return None;
        };
        let mut backfill = Vec::new();
        for (position, column) in def.columns.iter().enumerate() {
            let there = physical.iter().find(|there| there.name == column.name);
            match definition.column(column.name) {
                Some(before) => {
                    let said = self.refused.len();
                    self.kept(position, column, before, &mut backfill);
                    // Whether the database has the column as declared is a question once catalog and declaration agree.
                    if self.refused.len() == said {
                        self.really(column, there);
                    }
                }
                None => self.added(position, column, there.is_some(), &mut backfill),
            }
        }
        self.gone(&definition, physical);
        pending.add(def, &backfill);
        let version = entry.version + i64::from(!self.changes.is_empty());
        Some(TablePlan { def, changes: std::mem::take(&mut self.changes), version, pending })
    }

    /// A column that the catalog does not know.
    fn added(&mut self, position: usize, column: &ColumnDef, there: bool, backfill: &mut Vec<usize>) {
        let full = format!("`{}.{}`", self.def.name, column.name);
        if there {
            self.refuse(format!("a column {full} is in the database that pxt did not make: rename one of the two"));
        } else if column.primary_key {
            self.refuse(format!("column {full} is new in the primary key, which is fixed: take it out, {ELSEWHERE}"));
        } else if column.required() {
            self.refuse(format!(
                "column {full} is new and existing rows lack it: make it {} or give it a default",
                if self.def.is_struct() {
                    "an `Option`".to_owned()
                } else {
                    format!("`\"{}?\"`", crate::schema::Shape::of(column.ty).declared())
                }
            ));
        } else {
            self.changes.push(ChangeKind::Column(position));
            if column.computed.is_some() {
                backfill.push(position);
            }
        }
    }

    /// A column that was declared before.
    fn kept(&mut self, position: usize, column: &ColumnDef, before: &Column, backfill: &mut Vec<usize>) {
        let full = format!("`{}.{}`", self.def.name, column.name);
        let ty = type_text(column.ty);
        if ty != before.ty {
            let was = &before.ty;
            self.refuse(format!("column {full} holds {was} and is declared as {ty}: declare it as {was}, {ELSEWHERE}"));
            return;
        }
        if (column.primary_key, column.auto) != (before.key, before.auto) {
            let what = match (before.key, before.auto) {
                (true, true) => "with `primary_key, auto`",
                (true, false) => "with `primary_key` and without `auto`",
                (false, _) => "without `primary_key`",
            };
            self.refuse(format!("the key of column {full} is not what it was: declare it {what}, {ELSEWHERE}"));
            return;
        }
        match (&column.computed, &before.computed) {
            (Some(now), Some(call)) => {
                // All values follow from other columns, so that they can be made to fit again.
                if now.call != call || (before.nullable && !column.nullable) {
                    self.changes.push(ChangeKind::Recompute(position));
                    backfill.push(position);
                } else if column.nullable && !before.nullable {
                    self.changes.push(ChangeKind::Nullable(position));
                }
            }
            (None, None) if before.nullable && !column.nullable => {
                self.refuse(format!("column {full} may hold nulls: declare it as an `Option`, {ELSEWHERE}"));
            }
            (None, None) if column.nullable && !before.nullable => {
                self.refuse(format!("column {full} takes no nulls: declare it without `Option`, {ELSEWHERE}"));
            }
            (None, None) => {}
            (Some(_), None) => {
                self.refuse(format!(
                    "column {full} holds values that callers brought: declare it without `computed`, {ELSEWHERE}"
                ));
            }
            (None, Some(call)) => {
                self.refuse(format!("column {full} is computed: declare it with `computed = {call}`, {ELSEWHERE}"));
            }
        }
    }

    /// Whether the database still has the column as the catalog says.
    fn really(&mut self, column: &ColumnDef, there: Option<&Physical>) {
        let full = format!("`{}.{}`", self.def.name, column.name);
        let Some(there) = there else {
            self.refuse(format!("column {full} was removed from the database by others: restore it, {ELSEWHERE}"));
            return;
        };
        if !self.is_as_declared(column, there) {
            let wanted = self.wanted(column);
            self.refuse(format!(
                "column {full} was changed in the database by others: make it {wanted} again, {ELSEWHERE}"
            ));
        }
    }

    /// Whether a column in the database holds what is declared, and no more.
    fn is_as_declared(&self, column: &ColumnDef, there: &Physical) -> bool {
        let nulls = there.not_null == not_null(column) || column.auto;
        // What the database writes by itself is read only, but for the number of a row.
        let writable = if column.auto { there.numbered } else { !there.generated };
        self.dialect.holds(column.ty, &there.ty) && there.key == column.primary_key && nulls && writable
    }

    /// What a column has to be in the database.
    fn wanted(&self, column: &ColumnDef) -> String {
        let ty = self.dialect.word(column.ty);
        format!("{ty}{}", if not_null(column) { " NOT NULL" } else { "" })
    }

    /// Columns that are no longer declared, and columns that others added.
    fn gone(&mut self, definition: &Definition, physical: &[Physical]) {
        let table = self.def.name;
        for column in definition.columns.iter().filter(|column| self.def.position(&column.name).is_none()) {
            let name = &column.name;
            self.refuse(format!(
                "column `{table}.{name}` has values but is not declared: declare it again, {ELSEWHERE}"
            ));
        }
        self.strange(definition, physical);
    }

    /// Columns of others that stand in the way of an insert.
    fn strange(&mut self, definition: &Definition, physical: &[Physical]) {
        let table = self.def.name;
        let strange = |there: &&Physical| definition.column(&there.name).is_none() && !there.name.starts_with(HIDDEN);
        for there in physical.iter().filter(strange).filter(|there| there.not_null && !there.filled) {
            let name = &there.name;
            self.refuse(format!(
                "column `{table}.{name}`, added by others, takes no nulls: give it a default in the database"
            ));
        }
    }
}

/// Whether a column takes no nulls in the database. A computed one does, while the table is backfilled.
fn not_null(column: &ColumnDef) -> bool {
    !column.nullable && column.computed.is_none() && !column.auto
}
