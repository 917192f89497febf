//! Sums and means as PostgreSQL makes them, in the types that the store reads.

use sea_query::{Expr, ExprTrait, Func};

use crate::schema::ColumnType;

/// Integers add up to a `numeric` of any length. Where it does not fit into a `bigint`, PostgreSQL says so.
pub(in crate::store::sql) fn sum(ty: ColumnType, column: Expr) -> Expr {
    let sum = Expr::from(Func::sum(column));
    if ty == ColumnType::Int { sum.cast_as("bigint") } else { sum }
}

/// `avg` of floats adds up their squares too, which overflow long before the mean does: so it is a division.
pub(in crate::store::sql) fn mean(ty: ColumnType, column: Expr) -> Expr {
    if ty == ColumnType::Int {
        return Expr::from(Func::avg(column)).cast_as("double precision");
    }
    Expr::from(Func::sum(column.clone())).div(Func::count(column))
}
