//! Searching in texts as SQLite does it: letter by letter, where `%` and `_` are letters as any other.

use sea_query::{Alias, Expr, ExprTrait, Func};

/// `instr` is 1 for an empty text, and null for a null.
pub(in crate::store::sql) fn contains(column: Expr, text: Expr) -> Expr {
    Expr::from(Func::cust(Alias::new("instr")).arg(column).arg(text)).gt(Expr::cust("0"))
}

/// SQLite compares texts by their bytes, which is the order of code points: a prefix is a range, for which it has indexes.
pub(in crate::store::sql) fn starts_with(column: Expr, start: Expr, end: Option<Expr>) -> Expr {
    let from = column.clone().gte(start);
    match end {
        Some(end) => from.and(column.lt(end)),
        None => from,
    }
}

/// The end of a text that is shorter is the whole text, which differs from what is looked for.
pub(in crate::store::sql) fn ends_with(column: Expr, letters: Expr, text: Expr) -> Expr {
    let end = Func::cust(Alias::new("substr")).arg(column).arg(Expr::cust("0").sub(letters));
    Expr::from(end).eq(text)
}
