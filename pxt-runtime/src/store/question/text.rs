//! A select as SQL: its rows, a page of them, and the place where a page ends.
//!
//! A page after a place asks for the rows behind it in the order, so that nothing is read and passed over. Where the
//! select has a limit or an offset of its own, these rows are looked for among those that it answers: no place, however
//! it was made up, opens more than the select does.

use std::sync::Arc;

use sea_query::{
    Alias, Expr, ExprTrait, Func, IntoColumnRef, JoinType, NullOrdering, Order, PostgresQueryBuilder, Query,
    SelectStatement, SqliteQueryBuilder,
};

use super::behind::Behind;
use super::condition::{self, column};
use super::slots::{Placed, Slots};
use super::terms::{Item, Source, Term};
use crate::store::sql::{self, Dialect, ROW};
use crate::store::{Direction, Expression, Select};

/// What is read of a select.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::store) enum Part {
    /// The outputs, and behind them what else identifies a row.
    Rows,
    /// The outputs, then what else the order needs.
    Places,
    /// What the order needs, of the last row of a page and of the one behind it.
    End,
    /// What the order needs, then how many bytes the outputs hold, of each row of a page and of the one behind it.
    Sizes,
    /// What the order needs, of a row of which only the identity is known.
    Place,
}

/// The name of the select in the question for a page of it.
const WHOLE: &str = "whole";

/// A text and what it takes of a place.
#[derive(Debug, Clone)]
pub(super) struct Text {
    pub(super) text: Arc<str>,
    /// The values of the place in the order in which they are bound, by the position of their term.
    pub(super) place: Arc<[usize]>,
}

/// Everything that a text is made of.
pub(super) struct Writer<'a> {
    pub(super) dialect: Dialect,
    pub(super) select: &'a Select,
    pub(super) items: &'a [Item],
    /// How many of the items each row is read with.
    pub(super) read: usize,
    pub(super) terms: &'a [Term],
    pub(super) grouped: bool,
}

impl Writer<'_> {
    /// The text of a part; `after` says which values of the place before it are null, where there is one.
    ///
    /// Bound are: the filter's values; limit and offset of the select itself, if it has one of them and there is a place;
    /// the values of the place; the limit; the offset, if there is one that was not bound yet.
    pub(super) fn text(&self, part: Part, after: Option<&[bool]>) -> Text {
        let mut slots = Slots::default();
        let mut place = Vec::new();
        let mut statement = match after {
            Some(nulls) if self.is_windowed() => self.inside(part, nulls, &mut slots, &mut place),
            after => self.plain(part, after, &mut slots, &mut place),
        };
        slots.limit(&mut statement);
        if part == Part::End || (after.is_none() && self.select.offset > 0) {
            slots.offset(&mut statement);
        }
        self.written(&statement, place)
    }

    /// The text of [`Part::Place`]; `nulls` says which values of the identity are null.
    ///
    /// Bound are: the filter's values; limit and offset of the select itself, if it has one of them; the values that are
    /// not null.
    pub(super) fn place(&self, nulls: &[bool]) -> Text {
        let mut slots = Slots::default();
        let mut place = Vec::new();
        let windowed = self.is_windowed();
        let mut statement = if windowed { self.whole(&mut slots) } else { self.from(&mut slots) };
        let item = |item| if windowed { named(item) } else { self.item(item) };
        for position in self.positions(Part::Place) {
            statement.expr(item(position));
        }
        // What groups are made by identifies them, and is known before they are made.
        for (position, term) in self.terms.iter().filter(|term| term.identity).enumerate() {
            statement.and_where(if nulls[position] {
                item(term.item).is_null()
            } else {
                place.push(position);
                item(term.item).eq(slots.next())
            });
        }
        self.written(&statement, place)
    }

    /// Whether the select itself answers only some of the rows.
    pub(super) fn is_windowed(&self) -> bool {
        self.select.limit.is_some() || self.select.offset > 0
    }

    fn written(&self, statement: &SelectStatement, place: Vec<usize>) -> Text {
        let mut placed = Placed::of(self.dialect);
        match self.dialect {
            Dialect::Sqlite => statement.build_collect_any_into(&SqliteQueryBuilder, &mut placed),
            Dialect::Postgres => statement.build_collect_any_into(&PostgresQueryBuilder, &mut placed),
        }
        Text { text: placed.into_text().into(), place: place.into() }
    }

    fn plain(&self, part: Part, after: Option<&[bool]>, slots: &mut Slots, place: &mut Vec<usize>) -> SelectStatement {
        let mut statement = self.from(slots);
        let item = |item| self.item(item);
        self.read(part, &mut statement, &item);
        if let Some(nulls) = after {
            let behind = Behind { terms: self.terms, nulls, item: &item, slots, bound: place }.condition();
            if self.grouped {
                statement.and_having(behind)
            } else {
                statement.and_where(behind)
            };
        }
        self.order(&mut statement, &item);
        statement
    }

    /// The same, of the rows that the select answers as a whole.
    fn inside(&self, part: Part, nulls: &[bool], slots: &mut Slots, place: &mut Vec<usize>) -> SelectStatement {
        let mut statement = self.whole(slots);
        self.read(part, &mut statement, &named);
        let behind = Behind { terms: self.terms, nulls, item: &named, slots, bound: place }.condition();
        statement.and_where(behind);
        self.order(&mut statement, &named);
        statement
    }

    /// Reads the values of a part; `item` writes an item.
    fn read(&self, part: Part, statement: &mut SelectStatement, item: &dyn Fn(usize) -> Expr) {
        for position in self.positions(part) {
            statement.expr(item(position));
        }
        if part == Part::Sizes {
            let outputs = self.items[..self.select.outputs.len()].iter().enumerate();
            let long = outputs.filter(|(_, item)| item.has_length());
            let sizes = long.map(|(position, found)| self.dialect.bytes(found.ty, item(position)));
            statement.expr(sizes.reduce(Expr::add).unwrap_or_else(|| Expr::cust("0")));
        }
    }

    /// A select from the rows that the select answers as a whole.
    fn whole(&self, slots: &mut Slots) -> SelectStatement {
        let mut whole = self.from(slots);
        for item in 0..self.items.len() {
            whole.expr_as(self.item(item), alias(item));
        }
        self.order(&mut whole, &|item| self.item(item));
        slots.limit(&mut whole);
        slots.offset(&mut whole);
        let mut statement = Query::select();
        statement.from_subquery(whole, sql::name(WHOLE));
        statement
    }

    /// The tables, the filter and the groups.
    fn from(&self, slots: &mut Slots) -> SelectStatement {
        let mut statement = Query::select();
        statement.from(sql::name(self.select.table.name));
        for join in &self.select.joins {
            let kind = if join.optional { JoinType::LeftJoin } else { JoinType::InnerJoin };
            statement.join(kind, sql::name(join.table.name), column(join.on.0).eq(column(join.on.1)));
        }
        if let Some(filter) = &self.select.filter {
            statement.and_where(condition::write(self.dialect, filter, slots));
        }
        statement.add_group_by(self.select.group_by.iter().map(|place| column(*place)));
        statement
    }

    fn item(&self, item: usize) -> Expr {
        match self.items[item].source {
            Source::Row(table) => Expr::Column(sql::of(table, ROW).into_column_ref()),
            Source::Asked(Expression::Column(place)) => column(place),
            Source::Asked(Expression::CountRows) => Func::count(Expr::cust("*")).into(),
            Source::Asked(Expression::Count(place)) => Func::count(column(place)).into(),
            Source::Asked(Expression::Sum(place)) => self.dialect.sum(place.def().ty, column(place)),
            Source::Asked(Expression::Avg(place)) => self.dialect.mean(place.def().ty, column(place)),
            Source::Asked(Expression::Min(place)) => Func::min(column(place)).into(),
            Source::Asked(Expression::Max(place)) => Func::max(column(place)).into(),
        }
    }

    /// The items that a part reads, by position.
    fn positions(&self, part: Part) -> Vec<usize> {
        match part {
            Part::Rows => (0..self.read).collect(),
            Part::Places => (0..self.items.len()).collect(),
            Part::End | Part::Sizes | Part::Place => self.terms.iter().map(|term| term.item).collect(),
        }
    }

    /// Nulls first in a rising order and last in a falling one, which is not what every database does by itself.
    fn order(&self, statement: &mut SelectStatement, item: &dyn Fn(usize) -> Expr) {
        for term in self.terms {
            let (order, nulls) = match term.direction {
                Direction::Ascending => (Order::Asc, NullOrdering::First),
                Direction::Descending => (Order::Desc, NullOrdering::Last),
            };
            if term.nullable {
                statement.order_by_expr_with_nulls(item(term.item), order, nulls);
            } else {
                statement.order_by_expr(item(term.item), order);
            }
        }
    }
}

/// An item of the select as a whole.
fn named(item: usize) -> Expr {
    Expr::Column((sql::name(WHOLE), alias(item)).into_column_ref())
}

fn alias(item: usize) -> Alias {
    sql::name(&format!("c{item}"))
}
