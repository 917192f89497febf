//! The texts by which rows are written to a table.

use std::fmt::Write as _;
use std::sync::Arc;

use super::table::{Column, Server, TargetTable};
use super::writer::ID_COLUMN;
use crate::export::ExportMethod;

/// Numbers of rows that have a text of their own where each value is a placeholder.
const SIZES: [usize; 4] = [64, 16, 4, 1];

/// How rows are written.
#[derive(Debug)]
pub(super) enum Way {
    /// Many at a time: texts for so many rows, the largest first. Those of PostgreSQL take any number.
    Many(Vec<(usize, Arc<str>)>),
    /// One by one, over the row that is there.
    Over(Arc<str>, Order),
    /// One by one, over the row that is there, or as a new one by the second text.
    OverOrNew(Arc<str>, Order, Arc<str>),
}

/// Which values a text takes, by their numbers.
pub(super) type Order = Vec<usize>;

/// The texts for a table.
#[derive(Debug)]
pub(super) struct Statements {
    pub(super) way: Way,
    /// Asks whether a row with an id is there.
    pub(super) find: Option<Arc<str>>,
}

/// A name as it stands in a statement.
pub(super) fn quoted(server: Server, name: &str) -> String {
    let quote = if server == Server::Mysql { '`' } else { '"' };
    let doubled: String = [quote, quote].iter().collect();
    format!("{quote}{}{quote}", name.replace(quote, &doubled))
}

impl Statements {
    /// `key` are the numbers of those columns that rows are found by.
    pub(super) fn new(table: &TargetTable, columns: &[&Column], key: &[usize], method: ExportMethod) -> Self {
        let parts = Parts { table, columns, key };
        let is_postgres = table.server == Server::Postgres;
        let sized = |merges| SIZES.iter().map(|size| (*size, parts.values(*size, merges))).collect();
        let way = match method {
            ExportMethod::Insert | ExportMethod::Merge if is_postgres => {
                Way::Many(vec![(usize::MAX, parts.arrays_in(method == ExportMethod::Merge))])
            }
            ExportMethod::Update if is_postgres => Way::Many(vec![(usize::MAX, parts.arrays_over())]),
            ExportMethod::Insert => Way::Many(sized(false)),
            ExportMethod::Update => Way::Over(parts.over(), parts.order()),
            // `ON DUPLICATE KEY` takes the row of any unique index for the one to write over.
            ExportMethod::Merge if table.server == Server::Mysql && has_other_index(table) => {
                Way::OverOrNew(parts.over(), parts.order(), parts.values(1, false))
            }
            ExportMethod::Merge => Way::Many(sized(true)),
        };
        let find = columns.iter().find(|column| column.name == ID_COLUMN).map(|id| {
            let value = match table.server {
                Server::Postgres => format!("$1::text::{}", id.cast),
                _ => "?".to_owned(),
            };
            format!("SELECT 1 FROM {} WHERE {} = {value}", table.quoted, parts.name(id)).into()
        });
        Self { way, find }
    }
}

/// Whether a row may meet another one by anything but the primary key and its id.
fn has_other_index(table: &TargetTable) -> bool {
    table.has_partial || table.unique.iter().any(|columns| columns[..] != [ID_COLUMN] && columns != &table.key)
}

/// What texts are made of.
struct Parts<'t> {
    table: &'t TargetTable,
    columns: &'t [&'t Column],
    key: &'t [usize],
}

impl Parts<'_> {
    fn name(&self, column: &Column) -> String {
        quoted(self.table.server, &column.name)
    }

    fn list(&self, of: impl Fn(usize, &Column) -> String) -> String {
        self.columns.iter().enumerate().map(|(at, column)| of(at, column)).collect::<Vec<_>>().join(", ")
    }

    /// The numbers of the columns that are not of the key.
    fn changed(&self) -> impl Iterator<Item = usize> {
        (0..self.columns.len()).filter(|at| !self.key.contains(at))
    }

    /// First what is set, then the key.
    fn order(&self) -> Order {
        self.changed().chain(self.key.iter().copied()).collect()
    }

    /// `"a" = …, "b" = …`
    fn set(&self, value: impl Fn(usize, &str) -> String) -> String {
        let one = |at: usize| {
            let name = self.name(self.columns[at]);
            format!("{name} = {}", value(at, &name))
        };
        self.changed().map(one).collect::<Vec<_>>().join(", ")
    }

    /// Behind an insert: over the row that is there.
    fn or_over(&self) -> String {
        if self.table.server == Server::Mysql {
            return format!(" ON DUPLICATE KEY UPDATE {}", self.set(|_, name| format!("VALUES({name})")));
        }
        let key: Vec<_> = self.key.iter().map(|at| self.name(self.columns[*at])).collect();
        format!(" ON CONFLICT ({}) DO UPDATE SET {}", key.join(", "), self.set(|_, name| format!("excluded.{name}")))
    }

    /// `INSERT INTO t (a, b) VALUES (?, ?), (?, ?)`
    fn values(&self, rows: usize, merges: bool) -> Arc<str> {
        let row = format!("({})", self.list(|_, _| "?".to_owned()));
        let mut text =
            format!("INSERT INTO {} ({}) VALUES ", self.table.quoted, self.list(|_, column| self.name(column)));
        for at in 0..rows {
            text.push_str(if at == 0 { "" } else { ", " });
            text.push_str(&row);
        }
        if merges {
            text.push_str(&self.or_over());
        }
        text.into()
    }

    /// `UPDATE t SET b = ? WHERE a = ?`
    fn over(&self) -> Arc<str> {
        let mut text = format!("UPDATE {} SET {} WHERE ", self.table.quoted, self.set(|_, _| "?".to_owned()));
        for (number, at) in self.key.iter().enumerate() {
            let and = if number == 0 { "" } else { " AND " };
            write!(text, "{and}{} = ?", self.name(self.columns[*at])).expect("a string takes all");
        }
        text.into()
    }

    /// A row of the arrays' values: `unnest($1::text[], $2::text[]) WITH ORDINALITY AS x(c0, c1, ord)`. One text for any number of
    /// rows. A value is cast to its type without the length, so that what is too long is refused and not cut.
    fn arrays(&self) -> String {
        let arrays = self.list(|at, _| format!("${}::text[]", at + 1));
        format!("unnest({arrays}) WITH ORDINALITY AS x({}, ord)", self.list(|at, _| format!("c{at}")))
    }

    fn cast(&self, at: usize) -> String {
        format!("x.c{at}::{}", self.columns[at].cast)
    }

    fn arrays_in(&self, merges: bool) -> Arc<str> {
        let names = self.list(|_, column| self.name(column));
        let casts = self.list(|at, _| self.cast(at));
        let over = if merges { self.or_over() } else { String::new() };
        format!(
            "INSERT INTO {} ({names}) SELECT {casts} FROM {} ORDER BY x.ord{over}",
            self.table.quoted,
            self.arrays()
        )
        .into()
    }

    /// Returns the numbers of the rows that were there, from 1.
    fn arrays_over(&self) -> Arc<str> {
        let set = self.set(|at, _| self.cast(at));
        let same = |at: &usize| format!("t.{} = {}", self.name(self.columns[*at]), self.cast(*at));
        let same = self.key.iter().map(same).collect::<Vec<_>>().join(" AND ");
        format!("UPDATE {} AS t SET {set} FROM {} WHERE {same} RETURNING x.ord", self.table.quoted, self.arrays())
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::target::table::{Origin, Type};

    fn text(server: Server, method: ExportMethod, unique: &[&str]) -> String {
        let column = |name: &str| Column {
            name: name.to_owned(),
            ty: Type::Date,
            declared: "date".to_owned(),
            cast: "date".to_owned(),
            is_nullable: false,
            origin: Origin::Row,
        };
        let table = TargetTable {
            server,
            name: "t".to_owned(),
            quoted: quoted(server, "t"),
            is_view: false,
            columns: vec![column("a"), column("b\"`")],
            key: vec!["a".to_owned()],
            is_deferrable: false,
            unique: unique.iter().map(|name| vec![(*name).to_owned()]).collect(),
            has_partial: false,
            most_bytes: None,
        };
        let columns: Vec<_> = table.columns.iter().collect();
        match Statements::new(&table, &columns, &[0], method).way {
            Way::Many(texts) => texts.last().unwrap().1.to_string(),
            Way::Over(text, order) => format!("{text} {order:?}"),
            Way::OverOrNew(text, order, new) => format!("{text} {order:?}; {new}"),
        }
    }

    #[test]
    fn texts() {
        use ExportMethod::{Insert, Merge, Update};
        use Server::{Mysql, Postgres, Sqlite};
        let arrays = "unnest($1::text[], $2::text[]) WITH ORDINALITY AS x(c0, c1, ord)";
        for (server, method, unique, wanted) in [
            (Sqlite, Insert, &[][..], "INSERT INTO \"t\" (\"a\", \"b\"\"`\") VALUES (?, ?)".to_owned()),
            (
                Postgres,
                Merge,
                &[],
                format!(
                    "INSERT INTO \"t\" (\"a\", \"b\"\"`\") SELECT x.c0::date, x.c1::date FROM {arrays} ORDER BY x.ord ON CONFLICT \
                     (\"a\") DO UPDATE SET \"b\"\"`\" = excluded.\"b\"\"`\""
                ),
            ),
            (
                Postgres,
                Update,
                &[],
                format!(
                    "UPDATE \"t\" AS t SET \"b\"\"`\" = x.c1::date FROM {arrays} WHERE t.\"a\" = x.c0::date RETURNING x.ord"
                ),
            ),
            (Mysql, Update, &[], "UPDATE `t` SET `b\"``` = ? WHERE `a` = ? [1, 0]".to_owned()),
            (
                Mysql,
                Merge,
                &[ID_COLUMN],
                "INSERT INTO `t` (`a`, `b\"```) VALUES (?, ?) ON DUPLICATE KEY UPDATE `b\"``` = VALUES(`b\"```)"
                    .to_owned(),
            ),
            (
                Mysql,
                Merge,
                &["other"],
                "UPDATE `t` SET `b\"``` = ? WHERE `a` = ? [1, 0]; INSERT INTO `t` (`a`, `b\"```) VALUES (?, ?)"
                    .to_owned(),
            ),
        ] {
            assert_eq!(text(server, method, unique), wanted);
        }
    }
}
