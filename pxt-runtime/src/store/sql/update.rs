//! Updates of rows by key and version: of one, or of several at once with values of their own.

use std::sync::Arc;

use sea_query::{Expr, ExprTrait, IntoIden, TableRef, UpdateStatement, ValueTuple};

use super::{ANY, Dialect, ERRORS, VERSION, guard, identity, is, name, of, placeholder};
use crate::schema::TableDef;

/// Changes the columns at `positions` of one row, if its version has not moved.
pub(in crate::store) fn update(dialect: Dialect, def: &TableDef, positions: &[usize]) -> Arc<str> {
    let mut statement = UpdateStatement::new();
    statement.table(name(def.name));
    for position in positions {
        statement.value(name(def.columns[*position].name), placeholder());
    }
    statement.value(name(ERRORS), placeholder());
    count(&mut statement, def);
    for key in identity(def) {
        statement.and_where(is(def, key));
    }
    statement.and_where(is(def, VERSION)).and_where(guard(def));
    dialect.text(&statement)
}

/// The same for up to `rows` rows, which have to be different ones: a key of nulls stands for none. What is bound for each
/// comes in the same order; the catalog's version behind the last one.
pub(in crate::store) fn update_rows(dialect: Dialect, def: &TableDef, positions: &[usize], rows: usize) -> Arc<str> {
    let identity = identity(def);
    let width = positions.len() + identity.len() + 2;
    // The databases number the columns of a list of values from 1.
    let new = |number: usize| Expr::col((name("new"), name(&format!("column{number}"))));
    let mut statement = UpdateStatement::new();
    statement.table(name(def.name));
    for (number, position) in (1..).zip(positions) {
        statement.value(name(def.columns[*position].name), new(number));
    }
    statement.value(name(ERRORS), new(positions.len() + 1));
    count(&mut statement, def);
    let values = (0..rows).map(|_| ValueTuple::Many(vec![ANY; width])).collect();
    statement.from(TableRef::ValuesList(values, name("new").into_iden()));
    for (number, key) in (positions.len() + 2..).zip(identity) {
        statement.and_where(Expr::col(of(def, key)).eq(new(number)));
    }
    statement.and_where(Expr::col(of(def, VERSION)).eq(new(width))).and_where(guard(def));
    dialect.text(&statement)
}

fn count(statement: &mut UpdateStatement, def: &TableDef) {
    statement.value(name(VERSION), Expr::col(of(def, VERSION)).add(Expr::cust("1")));
}
