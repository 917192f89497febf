//! The statements by which a described text is read: a page of its rows, and how much each row of a page holds.
//!
//! The text stands in them as it is, so it keeps its own order and limit. Its columns are written out with their table: what
//! others add to a table does not appear in answers, and no name is taken for a text.

use std::sync::Arc;

use super::DescribedColumn;
use crate::schema::ColumnType;
use crate::store::rows::VALUE;
use crate::store::sql::Dialect;

/// The name of the text in them.
const INSIDE: &str = "\"pxt\"";

/// Both statements. Behind the parameters of the text they take a limit and an offset.
#[derive(Debug)]
pub(in crate::store) struct Texts {
    /// The rows, with the described columns in their order.
    pub(in crate::store) rows: Arc<str>,
    /// Of each row, how many bytes it holds beside its weight.
    pub(in crate::store) sizes: Arc<str>,
    /// The bytes that each row counts for in a page, beside what its values hold.
    pub(in crate::store) weight: u64,
}

impl Texts {
    pub(super) fn new(dialect: Dialect, text: &str, columns: &[DescribedColumn], parameters: usize) -> Self {
        let names: Vec<String> = columns.iter().map(|column| quoted(&column.name)).collect();
        let sizes: Vec<String> =
            names.iter().zip(columns).filter_map(|(name, column)| size(dialect, name, column.ty)).collect();
        let sizes = if sizes.is_empty() { "0".to_owned() } else { sizes.join(" + ") };
        let around = |what: &str| around(dialect, what, text, parameters);
        let weight = |column: &DescribedColumn| match column.ty {
            Some(ColumnType::Array(_, elements)) => VALUE + 8 * elements as u64,
            _ => VALUE,
        };
        Self {
            rows: around(&names.join(", ")),
            sizes: around(&format!("CAST({sizes} AS {}) AS \"size\"", either(dialect, "INTEGER", "bigint"))),
            weight: columns.iter().map(weight).sum(),
        }
    }
}

/// A comment that ends the text ends with its line.
fn around(dialect: Dialect, what: &str, text: &str, parameters: usize) -> Arc<str> {
    let sign = either(dialect, "?", "$");
    // As in all statements of ours, SQLite must not prepare it anew for each limit.
    let sum = either(dialect, " + 0", "");
    let (limit, offset) = (parameters + 1, parameters + 2);
    format!("SELECT {what} FROM ({text}\n) AS {INSIDE} LIMIT {sign}{limit}{sum} OFFSET {sign}{offset}{sum}").into()
}

fn quoted(name: &str) -> String {
    format!("{INSIDE}.\"{}\"", name.replace('"', "\"\""))
}

/// The bytes of a value whose length is its own.
fn size(dialect: Dialect, name: &str, ty: Option<ColumnType>) -> Option<String> {
    let length = match (dialect, ty) {
        (Dialect::Sqlite, None) => format!("octet_length({name})"),
        (_, Some(ty)) if !has_length(ty) => return None,
        (Dialect::Sqlite, _) => format!("octet_length({name})"),
        (Dialect::Postgres, Some(ColumnType::Binary)) => format!("octet_length({name})::bigint"),
        // Of several an `integer` may be too small for the sum.
        (Dialect::Postgres, _) => format!("octet_length({name}::text)::bigint"),
    };
    Some(format!("coalesce({length}, 0)"))
}

fn has_length(ty: ColumnType) -> bool {
    ty.is_media() || matches!(ty, ColumnType::String | ColumnType::Json | ColumnType::Binary)
}

fn either(dialect: Dialect, sqlite: &'static str, postgres: &'static str) -> &'static str {
    match dialect {
        Dialect::Sqlite => sqlite,
        Dialect::Postgres => postgres,
    }
}
