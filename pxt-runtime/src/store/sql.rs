//! The statements that both dialects share, as text with placeholders.
//!
//! Placeholders stand in the order that the callers bind: the row's columns, then the hidden errors; changes, then
//! errors, then what identifies the row, then the version; of each write, the catalog's version last ([`guard`]). Columns
//! that are read are written with their table: SQLite takes a bare quoted name that it does not know for a text.

pub(super) mod postgres;
pub(super) mod sqlite;
mod update;

use std::sync::Arc;

use sea_query::{
    Alias, Expr, ExprTrait, Func, Order, PostgresQueryBuilder, Query, QueryStatementBuilder, SelectStatement,
    SqliteQueryBuilder, ValueTuple,
};

use crate::schema::{ColumnType, TableDef};

pub(super) use update::{update, update_rows};

/// The hidden column that counts a row's changes.
pub(super) const VERSION: &str = "_pxt_version";
/// The hidden column that holds the failures of `on_error = ignore`: a JSON object from column to message.
pub(super) const ERRORS: &str = "_pxt_errors";
/// The hidden column that numbers the rows of a table without a primary key.
pub(super) const ROW: &str = "_pxt_row";
/// The prefix that hidden columns and our own tables have.
pub(super) const HIDDEN: &str = "_pxt_";
/// The table that holds the definitions.
pub(super) const CATALOG: &str = "_pxt_catalog";
/// How many keys one [`referenced`] statement asks for.
pub(super) const REFERENCED: usize = 64;

/// Which database reads the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// What stands behind a select whose rows are about to be changed, so that none is waited for which somebody else changes. Where one
    /// connection writes at a time there is nothing to wait for.
    pub(super) fn skip_locked(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    fn text(self, statement: &impl QueryStatementBuilder) -> Arc<str> {
        match self {
            // A limit is a sum here for the reason that `question` has.
            Self::Sqlite => statement.build_any(&SqliteQueryBuilder).0.replace(" LIMIT ?", " LIMIT ? + 0").into(),
            Self::Postgres => statement.build_any(&PostgresQueryBuilder).0.into(),
        }
    }

    /// How many parameters one statement may have.
    pub(super) fn parameters(self) -> usize {
        match self {
            Self::Sqlite => 32_766,
            Self::Postgres => 65_535,
        }
    }

    /// A name as the database tells it from others. SQLite takes names for the same that differ in case.
    pub(super) fn told_apart(self, name: &str) -> String {
        match self {
            Self::Sqlite => folded(name),
            Self::Postgres => name.to_owned(),
        }
    }

    /// How many bytes of a name the database keeps.
    pub(super) fn longest_name(self) -> usize {
        match self {
            Self::Sqlite => usize::MAX,
            Self::Postgres => postgres::types::LONGEST_NAME,
        }
    }

    /// The word for a column's type.
    pub(super) fn word(self, ty: ColumnType) -> &'static str {
        match self {
            Self::Sqlite => sqlite::types::word(ty),
            Self::Postgres => postgres::types::word(ty),
        }
    }

    /// Whether a column that has this type in the database holds the values of a declared one.
    pub(super) fn holds(self, ty: ColumnType, there: &str) -> bool {
        match self {
            Self::Sqlite => sqlite::types::holds(ty, there),
            Self::Postgres => postgres::types::holds(ty, there),
        }
    }

    /// What to declare a column as that has this type in the database, or why it cannot be declared.
    pub(super) fn declared_as(self, there: &str) -> Result<ColumnType, &'static str> {
        match self {
            Self::Sqlite => sqlite::types::declared_as(there),
            Self::Postgres => postgres::types::declared_as(there),
        }
    }

    /// The sum of a column of numbers, of the column's own type.
    pub(super) fn sum(self, ty: ColumnType, column: Expr) -> Expr {
        match self {
            Self::Sqlite => Func::sum(column).into(),
            Self::Postgres => postgres::numbers::sum(ty, column),
        }
    }

    /// The mean of a column of numbers, a float.
    pub(super) fn mean(self, ty: ColumnType, column: Expr) -> Expr {
        match self {
            Self::Sqlite => Func::avg(column).into(),
            Self::Postgres => postgres::numbers::mean(ty, column),
        }
    }

    /// How many bytes a text, JSON or bytes are; 0 for a null.
    pub(super) fn bytes(self, ty: ColumnType, value: Expr) -> Expr {
        let length = |value: Expr| Expr::from(Func::cust(Alias::new("octet_length")).arg(value));
        let length = match (self, ty) {
            (Self::Sqlite, _) => length(value),
            (Self::Postgres, ColumnType::Binary) => length(value).cast_as("bigint"),
            // Of several an `integer` may be too small for the sum.
            (Self::Postgres, _) => length(value.cast_as("text")).cast_as("bigint"),
        };
        Func::coalesce([length, Expr::cust("0")]).into()
    }

    /// Whether a text has another one in it, letter by letter.
    pub(super) fn contains(self, column: Expr, text: Expr) -> Expr {
        match self {
            Self::Sqlite => sqlite::letters::contains(column, text),
            Self::Postgres => postgres::letters::contains(column, text),
        }
    }

    /// Whether a text begins with `start`; `end` is the first text behind all that do.
    pub(super) fn starts_with(self, column: Expr, start: Expr, end: Option<Expr>) -> Expr {
        match self {
            Self::Sqlite => sqlite::letters::starts_with(column, start, end),
            Self::Postgres => postgres::letters::starts_with(column, start, end),
        }
    }

    /// Whether a text ends with another one, which has this many letters.
    pub(super) fn ends_with(self, column: Expr, letters: Expr, text: Expr) -> Expr {
        match self {
            Self::Sqlite => sqlite::letters::ends_with(column, letters, text),
            Self::Postgres => postgres::letters::ends_with(column, letters, text),
        }
    }
}

/// Inserts `rows` rows; of several only the first ones, as many as is bound behind the catalog's version. A column that the
/// database numbers is left out; PostgreSQL answers its numbers, in the order of the rows, where SQLite tells the last one by
/// itself.
pub(super) fn insert(dialect: Dialect, def: &TableDef, rows: usize) -> Arc<str> {
    let mut columns: Vec<Alias> = inserted(def).map(|position| name(def.columns[position].name)).collect();
    columns.push(name(ERRORS));
    let width = columns.len();
    let mut source = Query::select();
    // The databases number the columns of a list of values from 1.
    source.columns((1..=width).map(|number| (name("new"), name(&format!("column{number}")))));
    source.from_values((0..rows).map(|_| ValueTuple::Many(vec![ANY; width])), name("new")).and_where(guard(def));
    if rows > 1 {
        source.limit(1);
    }
    let mut statement = Query::insert();
    statement.into_table(name(def.name)).columns(columns);
    statement.select_from(source).expect("both have the same width");
    if let (Dialect::Postgres, Some(auto)) = (dialect, def.auto()) {
        statement.returning_col(name(def.columns[auto].name));
    }
    dialect.text(&statement)
}

/// The columns that an insert writes.
pub(super) fn inserted(def: &TableDef) -> impl Iterator<Item = usize> {
    def.columns.iter().enumerate().filter(|(_, column)| !column.auto).map(|(position, _)| position)
}

/// One row by its primary key, with its hidden columns.
pub(super) fn get(dialect: Dialect, def: &TableDef) -> Arc<str> {
    dialect.text(&identified(def, select(def)))
}

/// The rows of `keys` primary keys, each with its version alone: each column that is read costs. Several keys are numbered by
/// the caller, and so are their rows.
pub(super) fn find(dialect: Dialect, def: &TableDef, keys: usize) -> Arc<str> {
    let columns = def.columns.iter().map(|column| of(def, column.name)).chain([of(def, VERSION)]);
    let mut statement = Query::select();
    statement.columns(columns);
    if keys == 1 {
        return dialect.text(&identified(def, statement.from(name(def.name)).take()));
    }
    let identity = identity(def);
    let width = identity.len() + 1;
    let asked = |number: usize| (name("asked"), name(&format!("column{number}")));
    statement.column(asked(1)).from_values((0..keys).map(|_| ValueTuple::Many(vec![ANY; width])), name("asked"));
    // SQLite reads a cross join in the order of its tables: it never reads the whole table to look for the keys.
    statement.cross_join(name(def.name));
    for (index, key) in identity.into_iter().enumerate() {
        statement.and_where(Expr::col(of(def, key)).eq(Expr::col(asked(index + 2))));
    }
    dialect.text(&statement)
}

fn identified(def: &TableDef, mut statement: SelectStatement) -> SelectStatement {
    for key in identity(def) {
        statement.and_where(is(def, key));
    }
    statement
}

/// Rows in the order of what identifies them, from the first or after a place.
pub(super) fn scan(dialect: Dialect, def: &TableDef, after: bool) -> Arc<str> {
    let mut statement = select(def);
    let identity = identity(def);
    if after {
        let place = Expr::tuple(identity.iter().map(|_| placeholder()));
        statement.and_where(Expr::tuple(identity.iter().map(|&key| Expr::col(of(def, key)))).gt(place));
    }
    for key in identity {
        statement.order_by(of(def, key), Order::Asc);
    }
    // `limit` writes a placeholder; the number is the caller's.
    statement.limit(1);
    dialect.text(&statement)
}

/// Deletes one row by its primary key.
pub(super) fn delete(dialect: Dialect, def: &TableDef) -> Arc<str> {
    let mut statement = Query::delete();
    statement.from_table(name(def.name));
    for key in identity(def) {
        statement.and_where(is(def, key));
    }
    statement.and_where(guard(def));
    dialect.text(&statement)
}

/// Deletes the rows in which each of these columns has a value, or is null where the flag says so; of those the rows in one
/// version if it is `exact`.
pub(super) fn delete_where(dialect: Dialect, def: &TableDef, columns: &[(usize, bool)], exact: bool) -> Arc<str> {
    let mut statement = Query::delete();
    statement.from_table(name(def.name));
    for (position, null) in columns {
        let column = def.columns[*position].name;
        statement.and_where(if *null { Expr::col(of(def, column)).is_null() } else { is(def, column) });
    }
    if exact {
        statement.and_where(is(def, VERSION));
    }
    statement.and_where(guard(def));
    dialect.text(&statement)
}

/// The version of a table in the catalog.
pub(super) fn version(dialect: Dialect, def: &TableDef) -> Arc<str> {
    let mut statement = Query::select();
    statement.column(name("version")).from(name(CATALOG)).and_where(entry(def));
    dialect.text(&statement)
}

/// Whether the catalog still has the version of the table that the caller binds. As a part of the statement that writes,
/// the question is answered under the statement's own lock: nobody can change the table between answer and write.
fn guard(def: &TableDef) -> Expr {
    let mut statement = Query::select();
    statement.expr(Expr::cust("1")).from(name(CATALOG)).and_where(entry(def));
    statement.and_where(Expr::col((name(CATALOG), name("version"))).eq(placeholder()));
    Expr::exists(statement)
}

/// The catalog's row of a table.
fn entry(def: &TableDef) -> Expr {
    Expr::col((name(CATALOG), name("table"))).eq(Expr::cust(format!("'{}'", def.name.replace('\'', "''"))))
}

/// Which of [`REFERENCED`] keys the column at `position` holds.
pub(super) fn referenced(dialect: Dialect, def: &TableDef, position: usize) -> Arc<str> {
    let column = def.columns[position].name;
    let mut statement = Query::select();
    statement.distinct().column(of(def, column)).from(name(def.name));
    statement.and_where(Expr::col(of(def, column)).is_in((0..REFERENCED).map(|_| placeholder())));
    dialect.text(&statement)
}

/// How many rows there are.
pub(super) fn count(dialect: Dialect, def: &TableDef) -> Arc<str> {
    let mut statement = Query::select();
    statement.expr(Func::count(Expr::cust("*"))).from(name(def.name));
    dialect.text(&statement)
}

/// The columns that identify a row.
pub(super) fn identity(def: &TableDef) -> Vec<&'static str> {
    let key: Vec<_> = def.key().map(|position| def.columns[position].name).collect();
    if key.is_empty() { vec![ROW] } else { key }
}

/// The row's columns in order, then version and errors, then the row number where nothing else identifies the row.
fn declared(def: &TableDef) -> SelectStatement {
    let mut statement = Query::select();
    statement.columns(def.columns.iter().map(|column| of(def, column.name))).from(name(def.name));
    statement
}

fn select(def: &TableDef) -> SelectStatement {
    let mut statement = declared(def);
    statement.columns([of(def, VERSION), of(def, ERRORS)]);
    if def.key().next().is_none() {
        statement.column(of(def, ROW));
    }
    statement
}

fn is(def: &TableDef, column: &str) -> Expr {
    Expr::col(of(def, column)).eq(placeholder())
}

/// A column with its table.
pub(super) fn of(def: &TableDef, column: &str) -> (Alias, Alias) {
    (name(def.name), name(column))
}

/// Names that some database takes for the same have the same folded form.
pub(super) fn folded(name: &str) -> String {
    name.to_ascii_lowercase()
}

pub(super) fn name(name: &str) -> Alias {
    Alias::new(name)
}

/// sea-query writes a placeholder for each value; which value it carries here does not matter.
fn placeholder() -> Expr {
    Expr::value(ANY)
}

/// What a placeholder stands for in the text's making.
const ANY: sea_query::Value = sea_query::Value::BigInt(None);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{At, Code, ColumnDef, ColumnType, fnv1a};

    const fn column(name: &'static str, primary_key: bool) -> ColumnDef {
        ColumnDef {
            name,
            hash: fnv1a(name),
            doc: "",
            ty: ColumnType::Image,
            nullable: false,
            primary_key,
            auto: false,
            default: false,
            max_bytes: None,
            computed: None,
        }
    }

    static PAIRS: TableDef = TableDef {
        name: "a.\"b",
        hash: fnv1a("a.\"b"),
        doc: "",
        columns: &[column("x", true), column("y", true), column("z", false)],
        incomplete: false,
        at: At { file: "", line: 0 },
        module: module_path!(),
        code: Code(&()),
    };

    #[test]
    fn texts() {
        let t = "\"a.\"\"b\"";
        let all = format!("SELECT {t}.\"x\", {t}.\"y\", {t}.\"z\", {t}.\"_pxt_version\", {t}.\"_pxt_errors\" FROM {t}");
        let found = format!("SELECT {t}.\"x\", {t}.\"y\", {t}.\"z\", {t}.\"_pxt_version\"");
        let key = format!("WHERE {t}.\"x\" = ? AND {t}.\"y\" = ?");
        let c = "\"_pxt_catalog\"";
        let entry = format!("FROM {c} WHERE {c}.\"table\" = ('a.\"b')");
        let guard = format!("EXISTS(SELECT 1 {entry} AND {c}.\"version\" = ?)");
        let new = [1, 2, 3, 4].map(|n| format!("\"new\".\"column{n}\"")).join(", ");
        let order = format!("ORDER BY {t}.\"x\" ASC, {t}.\"y\" ASC LIMIT ? + 0");
        type Texts<'t> = &'t dyn Fn(Dialect) -> Arc<str>;
        let texts: [(Texts<'_>, String); 13] = [
            (
                &|dialect| insert(dialect, &PAIRS, 2),
                format!(
                    "INSERT INTO {t} (\"x\", \"y\", \"z\", \"_pxt_errors\") SELECT {new} FROM (VALUES (?, ?, ?, ?), \
                     (?, ?, ?, ?)) AS \"new\" WHERE {guard} LIMIT ? + 0"
                ),
            ),
            (&|dialect| get(dialect, &PAIRS), format!("{all} {key}")),
            (&|dialect| find(dialect, &PAIRS, 1), format!("{found} FROM {t} {key}")),
            (
                &|dialect| find(dialect, &PAIRS, 2),
                format!(
                    "{found}, \"asked\".\"column1\" FROM (VALUES (?, ?, ?), (?, ?, ?)) AS \"asked\" CROSS JOIN {t} WHERE \
                     {t}.\"x\" = \"asked\".\"column2\" AND {t}.\"y\" = \"asked\".\"column3\""
                ),
            ),
            (&|dialect| scan(dialect, &PAIRS, false), format!("{all} {order}")),
            (&|dialect| scan(dialect, &PAIRS, true), format!("{all} WHERE ({t}.\"x\", {t}.\"y\") > (?, ?) {order}")),
            (
                &|dialect| update(dialect, &PAIRS, &[2]),
                format!(
                    "UPDATE {t} SET \"z\" = ?, \"_pxt_errors\" = ?, \"_pxt_version\" = {t}.\"_pxt_version\" + (1) {key} \
                     AND {t}.\"_pxt_version\" = ? AND {guard}"
                ),
            ),
            (
                &|dialect| update_rows(dialect, &PAIRS, &[2], 2),
                format!(
                    "UPDATE {t} SET \"z\" = \"new\".\"column1\", \"_pxt_errors\" = \"new\".\"column2\", \
                     \"_pxt_version\" = {t}.\"_pxt_version\" + (1) FROM (VALUES (?, ?, ?, ?, ?), (?, ?, ?, ?, ?)) AS \"new\" \
                     WHERE {t}.\"x\" = \"new\".\"column3\" AND {t}.\"y\" = \"new\".\"column4\" AND \
                     {t}.\"_pxt_version\" = \"new\".\"column5\" AND {guard}"
                ),
            ),
            (&|dialect| delete(dialect, &PAIRS), format!("DELETE FROM {t} {key} AND {guard}")),
            (
                &|dialect| delete_where(dialect, &PAIRS, &[(1, false), (2, true)], false),
                format!("DELETE FROM {t} WHERE {t}.\"y\" = ? AND {t}.\"z\" IS NULL AND {guard}"),
            ),
            (
                &|dialect| delete_where(dialect, &PAIRS, &[(0, false)], true),
                format!("DELETE FROM {t} WHERE {t}.\"x\" = ? AND {t}.\"_pxt_version\" = ? AND {guard}"),
            ),
            (&|dialect| version(dialect, &PAIRS), format!("SELECT \"version\" {entry}")),
            (&|dialect| count(dialect, &PAIRS), format!("SELECT COUNT(*) FROM {t}")),
        ];
        for (texts, expected) in texts {
            assert_eq!(*texts(Dialect::Sqlite), *expected);
            let mut numbers = 1..;
            let numbered =
                expected.replace(" + 0", "").split_inclusive('?').fold(String::new(), |text, part| {
                    match part.strip_suffix('?') {
                        Some(part) => format!("{text}{part}${}", numbers.next().unwrap()),
                        None => text + part,
                    }
                });
            assert_eq!(*texts(Dialect::Postgres), *numbered);
        }
        static NUMBERED: [ColumnDef; 1] = [ColumnDef { auto: true, ..column("x", true) }];
        let numbered = TableDef { columns: &NUMBERED, ..PAIRS };
        let insert = |dialect| insert(dialect, &numbered, 1);
        assert!(insert(Dialect::Postgres).ends_with(") RETURNING \"x\""), "{}", insert(Dialect::Postgres));
        assert!(!insert(Dialect::Sqlite).contains("RETURNING"));
    }
}
