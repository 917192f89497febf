//! The rows behind a place in an order, as a condition.
//!
//! In a rising order nulls come first: behind a null is what is not null, behind a value what is greater. In a falling one
//! they come last: behind a null is nothing, behind a value what is less and what is null. Where two rows are the same,
//! the next term decides.

use sea_query::{Expr, ExprTrait};

use super::slots::Slots;
use super::terms::Term;
use crate::store::Direction;

/// The condition as it is written.
pub(super) struct Behind<'a> {
    /// The order; not empty.
    pub(super) terms: &'a [Term],
    /// Which of the place's values are null.
    pub(super) nulls: &'a [bool],
    /// Writes an item.
    pub(super) item: &'a dyn Fn(usize) -> Expr,
    pub(super) slots: &'a mut Slots,
    /// Gets the positions of the values in the order of their placeholders.
    pub(super) bound: &'a mut Vec<usize>,
}

impl Behind<'_> {
    pub(super) fn condition(mut self) -> Expr {
        let first = &self.terms[0];
        let one_way = self.terms.iter().all(|term| term.direction == first.direction);
        // A comparison of whole rows is never true of a null: right where nulls come first.
        let plain = self.terms.iter().all(|term| rising(term) || !term.nullable) && !self.nulls.contains(&true);
        if one_way && plain {
            let row: Vec<Expr> = self.terms.iter().map(|term| (self.item)(term.item)).collect();
            let place: Vec<Expr> = (0..self.terms.len()).map(|position| self.value(position)).collect();
            let (row, place) = (Expr::tuple(row), Expr::tuple(place));
            return if rising(first) { row.gt(place) } else { row.lt(place) };
        }
        let behind = self.from(0);
        if self.nulls[0] || (first.nullable && !rising(first)) {
            return behind;
        }
        // Said again of the first term alone, so that an index over it is entered at the place.
        let (item, value) = ((self.item)(first.item), self.value(0));
        behind.and(if rising(first) { item.gte(value) } else { item.lte(value) })
    }

    /// Whether a row that is the same before the term at `position` comes behind.
    fn from(&mut self, position: usize) -> Expr {
        let term = &self.terms[position];
        let item = || (self.item)(term.item);
        let null = self.nulls[position];
        let beyond = match (rising(term), null) {
            (true, true) => item().is_not_null(),
            (true, false) => item().gt(self.value(position)),
            (false, true) => Expr::cust("FALSE"),
            (false, false) if term.nullable => item().lt(self.value(position)).or(item().is_null()),
            (false, false) => item().lt(self.value(position)),
        };
        if position + 1 == self.terms.len() {
            return beyond;
        }
        let equal = if null { item().is_null() } else { item().eq(self.value(position)) };
        let rest = self.from(position + 1);
        beyond.or(equal.and(rest))
    }

    fn value(&mut self, position: usize) -> Expr {
        self.bound.push(position);
        self.slots.next()
    }
}

fn rising(term: &Term) -> bool {
    term.direction == Direction::Ascending
}
