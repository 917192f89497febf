//! What a select reads, and what its rows are ordered by: the order that was asked for, then what identifies a row, so
//! that the order is a total one and a place in it can be named.

use super::scope::{self, Scope};
use crate::schema::{ColumnType, TableDef};
use crate::store::rows::VALUE;
use crate::store::sql::ROW;
use crate::store::{Direction, Expression, Place, Select};

/// Something that a select reads: one of its outputs, or what only its order needs.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Item {
    pub(super) source: Source,
    /// The type that it is read as.
    pub(in crate::store) ty: ColumnType,
}

/// Where an item comes from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    Asked(Expression),
    /// The hidden number of a row.
    Row(&'static TableDef),
}

/// A part of the order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Term {
    /// The position among the items.
    pub(super) item: usize,
    pub(super) direction: Direction,
    pub(super) nullable: bool,
    /// Whether it is part of what identifies a row.
    pub(super) identity: bool,
}

impl Item {
    /// The bytes of the outputs: a number of no column, as the number of rows is.
    pub(super) const SIZE: Self = Self { source: Source::Asked(Expression::CountRows), ty: ColumnType::Int };

    /// Table and column, for errors.
    pub(in crate::store) fn origin(&self, select: &'static TableDef) -> (&'static str, &'static str) {
        match self.source {
            Source::Asked(expression) => match place(expression) {
                Some(place) => (place.table.name, place.def().name),
                None => (select.name, "*"),
            },
            Source::Row(table) => (table.name, ROW),
        }
    }

    /// Whether it is made of the values of several rows.
    pub(in crate::store) fn is_aggregate(&self) -> bool {
        !matches!(self.source, Source::Asked(Expression::Column(_)) | Source::Row(_))
    }

    /// Whether its values are as long as they are.
    pub(super) fn has_length(&self) -> bool {
        matches!(self.ty, ColumnType::String | ColumnType::Json | ColumnType::Binary)
    }

    /// The bytes that each of its values counts for in a page, beside its length.
    pub(super) fn weight(&self) -> u64 {
        match self.ty {
            ColumnType::Array(_, elements) => VALUE + 8 * elements as u64,
            _ => VALUE,
        }
    }

    /// The column whose values it adds up, if they may become too large.
    pub(super) fn sums(&self) -> Option<Place> {
        match self.source {
            Source::Asked(Expression::Sum(place)) => Some(place),
            // That of integers does not overflow.
            Source::Asked(Expression::Avg(place)) if place.def().ty == ColumnType::Float => Some(place),
            _ => None,
        }
    }
}

/// The items, outputs first, then what else identifies a row, and the terms of the order.
pub(super) fn of(select: &Select, scope: &Scope) -> (Vec<Item>, Vec<Term>) {
    let outputs = select.outputs.iter();
    let items = outputs.map(|output| Item { source: Source::Asked(output.expression), ty: output.ty }).collect();
    let mut order = Order { items, terms: Vec::new() };
    // Rows that are all taken together are one row, which has no order.
    if select.is_grouped() && select.group_by.is_empty() {
        return (order.items, order.terms);
    }
    let identity = identity(select, scope);
    for &source in &identity {
        order.item(source);
    }
    for (expression, direction) in &select.order_by {
        if identity.iter().all(|source| order.has(*source)) {
            break;
        }
        let nullable = match expression {
            Expression::Column(place) => scope.nullable(*place),
            Expression::CountRows | Expression::Count(_) => false,
            _ => true,
        };
        order.add(Source::Asked(*expression), *direction, nullable);
    }
    for &source in &identity {
        let nullable = match source {
            Source::Asked(Expression::Column(place)) => scope.nullable(place),
            Source::Asked(_) => true,
            Source::Row(table) => scope.optional(table),
        };
        order.add(source, Direction::Ascending, nullable);
    }
    for term in &mut order.terms {
        term.identity = identity.iter().any(|source| same(*source, order.items[term.item].source));
    }
    (order.items, order.terms)
}

struct Order {
    items: Vec<Item>,
    terms: Vec<Term>,
}

impl Order {
    fn has(&self, source: Source) -> bool {
        self.terms.iter().any(|term| same(self.items[term.item].source, source))
    }

    fn add(&mut self, source: Source, direction: Direction, nullable: bool) {
        if self.has(source) {
            return;
        }
        let item = self.item(source);
        self.terms.push(Term { item, direction, nullable, identity: false });
    }

    /// The position of the item that is this, which is added where there is none.
    fn item(&mut self, source: Source) -> usize {
        let known = self.items.iter().position(|item| same(item.source, source));
        known.unwrap_or_else(|| {
            self.items.push(Item { source, ty: ty(source) });
            self.items.len() - 1
        })
    }
}

/// What tells the rows of the answer from one another.
fn identity(select: &Select, scope: &Scope) -> Vec<Source> {
    let column = |place: &Place| Source::Asked(Expression::Column(*place));
    if !select.group_by.is_empty() {
        return select.group_by.iter().map(column).collect();
    }
    let mut identity = Vec::new();
    for source in scope.sources().filter(|source| !source.determined) {
        let table = source.table;
        let before = identity.len();
        identity.extend(table.key().map(|key| column(&Place { table, column: key })));
        if identity.len() == before {
            identity.push(Source::Row(table));
        }
    }
    identity
}

fn same(one: Source, two: Source) -> bool {
    match (one, two) {
        (Source::Row(one), Source::Row(two)) => std::ptr::eq(one, two),
        (Source::Asked(one), Source::Asked(two)) => {
            std::mem::discriminant(&one) == std::mem::discriminant(&two)
                && match (place(one), place(two)) {
                    (Some(one), Some(two)) => scope::is(one, two),
                    _ => true,
                }
        }
        _ => false,
    }
}

fn place(expression: Expression) -> Option<Place> {
    match expression {
        Expression::CountRows => None,
        Expression::Column(place)
        | Expression::Count(place)
        | Expression::Sum(place)
        | Expression::Avg(place)
        | Expression::Min(place)
        | Expression::Max(place) => Some(place),
    }
}

fn ty(source: Source) -> ColumnType {
    match source {
        Source::Row(_) | Source::Asked(Expression::CountRows | Expression::Count(_)) => ColumnType::Int,
        Source::Asked(Expression::Avg(_)) => ColumnType::Float,
        Source::Asked(
            Expression::Column(place) | Expression::Sum(place) | Expression::Min(place) | Expression::Max(place),
        ) => place.def().ty,
    }
}
