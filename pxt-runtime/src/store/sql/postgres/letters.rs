//! Searching in texts as PostgreSQL does it: letter by letter, where `%` and `_` are letters as any other.

use sea_query::{Alias, Expr, ExprTrait, Func};

/// `strpos` is 1 for an empty text, and null for a null.
pub(in crate::store::sql) fn contains(column: Expr, text: Expr) -> Expr {
    Expr::from(Func::cust(Alias::new("strpos")).arg(column).arg(text)).gt(Expr::cust("0"))
}

/// A prefix is a range, for which there are indexes. By the order of bytes, whatever order a table of others has: where it
/// is the column's own, PostgreSQL takes the word away again.
pub(in crate::store::sql) fn starts_with(column: Expr, start: Expr, end: Option<Expr>) -> Expr {
    let by_bytes = |expr: Expr| Expr::cust_with_expr("$1 COLLATE \"C\"", expr);
    let from = by_bytes(column.clone()).gte(start);
    match end {
        Some(end) => from.and(by_bytes(column).lt(end)),
        None => from,
    }
}

/// The end of a text that is shorter is the whole text, which differs from what is looked for.
pub(in crate::store::sql) fn ends_with(column: Expr, letters: Expr, text: Expr) -> Expr {
    let end = Func::cust(Alias::new("right")).arg(column).arg(letters.cast_as("integer"));
    Expr::from(end).eq(text)
}
