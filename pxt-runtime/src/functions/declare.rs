//! Tables that are declared without Rust: from plain data to the definitions that `derive(Table)` would have written.
//!
//! Whoever reads a file of declarations fills in a [`TableDeclaration`] a table. It becomes a [`Schema`] that lives as long as the
//! process, or all its mistakes at once, each with the part of the column that must change. What the compiler refuses in a struct is
//! refused here, by the same judges and in the same words.

mod build;
mod call;
mod default;
mod existing;
mod judge;
mod order;
pub(crate) mod types;

use std::ops::Range;

pub(crate) use existing::existing_table;

use crate::schema::{At, Schema, Spelling, TableDef};

/// A table as it was written.
#[derive(Debug, Clone)]
pub(crate) struct TableDeclaration {
    /// The full name: `films.posters`.
    pub(crate) name: String,
    /// What it is for; may be empty.
    pub(crate) doc: String,
    /// The columns, in their order.
    pub(crate) columns: Vec<ColumnDeclaration>,
    /// Where it stands.
    pub(crate) at: At,
}

/// A column as it was written.
#[derive(Debug, Clone, Default)]
pub(crate) struct ColumnDeclaration {
    /// The name.
    pub(crate) name: String,
    /// What it holds; may be empty.
    pub(crate) doc: String,
    /// The type: `string`, `array<f32, 512>?`. A computed column may do without: it has that of its function.
    pub(crate) ty: Option<String>,
    /// Whether it belongs to the primary key.
    pub(crate) primary_key: bool,
    /// Whether the database numbers it.
    pub(crate) auto: bool,
    /// What stands in where the caller leaves the column out.
    pub(crate) default: Option<Literal>,
    /// The most bytes of a value.
    pub(crate) max_bytes: Option<i64>,
    /// The call that computes it: `image.thumbnail(image, 160)`.
    pub(crate) computed: Option<String>,
    /// What a failure of the call does: `abort`, the default, or `ignore`.
    pub(crate) on_error: Option<String>,
}

/// A value as it was written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    /// `true`, `false`
    Bool(bool),
    /// `160`
    Int(i64),
    /// `1.5`
    Float(f64),
    /// `"untitled"`. As the default of a uuid, timestamp or date it is the value's text, or the name of what makes one: `uuid7`
    /// (by time) or `uuid4` (by chance), `now`, `today` (in UTC).
    Text(String),
}

/// Something that must be written otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// The table's position in the list.
    pub(crate) table: usize,
    /// The column's position in the table; none for the table itself.
    pub(crate) column: Option<usize>,
    /// What of it.
    pub(crate) part: Part,
    /// The bytes of the call's text that it concerns, in a [`Part::Computed`].
    pub(crate) range: Option<Range<usize>>,
    /// One sentence: what is, and what to write.
    pub(crate) text: String,
}

/// A part of a declaration, in the order in which mistakes are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// The name, of a table or a column.
    Name,
    /// The list of a table's columns.
    Columns,
    /// `type`; where it is missing, the column.
    Type,
    /// `primary_key`
    PrimaryKey,
    /// `auto`
    Auto,
    /// `default`
    Default,
    /// `max_bytes`
    MaxBytes,
    /// `computed`
    Computed,
    /// `on_error`
    OnError,
}

/// The definition of one table. What it is made of is never given back.
///
/// # Errors
/// Every mistake of the table.
#[cfg(test)]
pub(crate) fn declare_table(table: &TableDeclaration) -> Result<&'static TableDef, Vec<Mistake>> {
    judge::table(0, table).map(|table| build::table(&table))
}

/// A schema of tables that the program has by itself, and behind them those that are declared here. What it is made of is never
/// given back.
///
/// # Errors
/// Every mistake of every table, and names that two of them have. Nothing has been kept then.
pub(crate) fn declare_schema(
    beside: &[&'static TableDef],
    tables: &[TableDeclaration],
) -> Result<&'static Schema, Vec<Mistake>> {
    let (mut judged, mut mistakes) = (Vec::new(), Vec::new());
    for (position, table) in tables.iter().enumerate() {
        let before = beside.iter().map(|table| table.name).chain(tables[..position].iter().map(|table| &*table.name));
        mistakes.extend(repeated(position, &table.name, before));
        match judge::table(position, table) {
            Ok(table) => judged.push(table),
            Err(found) => mistakes.extend(found),
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let made = judged.iter().map(build::table);
    let tables: Vec<&'static TableDef> = beside.iter().copied().chain(made).collect();
    Ok(Box::leak(Box::new(Schema { tables: tables.leak() })))
}

/// What is wrong with a table's name beside those before it.
fn repeated<'a>(table: usize, name: &str, mut before: impl Iterator<Item = &'a str>) -> Option<Mistake> {
    // SQLite takes names for the same that differ in case.
    let same = before.find(|before| before.eq_ignore_ascii_case(name))?;
    let text = if same == name {
        crate::schema::check::twice(Spelling::Toml, name).as_str().to_owned()
    } else {
        format!("table `{name}` differs from `{same}` only in case: choose another name")
    };
    Some(Mistake { table, column: None, part: Part::Name, range: None, text })
}

#[cfg(test)]
mod tests;
