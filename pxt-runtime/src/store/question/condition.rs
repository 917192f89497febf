//! Conditions as SQL. The placeholders come in the order in which `shape` collects the values.

use sea_query::{Expr, ExprTrait, IntoColumnRef};

use super::shape::{behind, padded};
use super::slots::Slots;
use crate::store::sql::Dialect;
use crate::store::{Comparison, Condition, Place};

/// Writes a condition that was judged before.
pub(super) fn write(dialect: Dialect, condition: &Condition, slots: &mut Slots) -> Expr {
    match condition {
        Condition::And(parts) => list(dialect, parts, slots, Expr::and, "TRUE"),
        Condition::Or(parts) => list(dialect, parts, slots, Expr::or, "FALSE"),
        Condition::Not(part) => write(dialect, part, slots).not(),
        Condition::Compare(place, comparison, _) => {
            let (column, value) = (column(*place), slots.next());
            match comparison {
                Comparison::Equal => column.eq(value),
                Comparison::NotEqual => column.ne(value),
                Comparison::Less => column.lt(value),
                Comparison::AtMost => column.lte(value),
                Comparison::Greater => column.gt(value),
                Comparison::AtLeast => column.gte(value),
            }
        }
        Condition::Contains(place, _) => dialect.contains(column(*place), slots.next()),
        Condition::StartsWith(place, text) | Condition::EndsWith(place, text) if text.is_empty() => {
            dialect.contains(column(*place), slots.next())
        }
        Condition::StartsWith(place, text) => {
            let (start, end) = (slots.next(), behind(text).map(|_| slots.next()));
            dialect.starts_with(column(*place), start, end)
        }
        Condition::EndsWith(place, _) => {
            let (letters, text) = (slots.next(), slots.next());
            dialect.ends_with(column(*place), letters, text)
        }
        Condition::In(_, values) if values.is_empty() => Expr::cust("FALSE"),
        Condition::In(place, values) => {
            column(*place).is_in((0..padded(values.len())).map(|_| slots.next()).collect::<Vec<_>>())
        }
        Condition::Null(place) => column(*place).is_null(),
    }
}

/// Joins the parts as a balanced tree: a row of `n` parts would be `n` deep.
fn list(
    dialect: Dialect,
    parts: &[Condition],
    slots: &mut Slots,
    join: fn(Expr, Expr) -> Expr,
    empty: &'static str,
) -> Expr {
    match parts {
        [] => Expr::cust(empty),
        [part] => write(dialect, part, slots),
        parts => {
            let (left, right) = parts.split_at(parts.len() / 2);
            let left = list(dialect, left, slots, join, empty);
            join(left, list(dialect, right, slots, join, empty))
        }
    }
}

/// A column with its table.
pub(super) fn column(place: Place) -> Expr {
    Expr::Column(crate::store::sql::of(place.table, place.def().name).into_column_ref())
}
