//! Which rows count.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

use super::source::{Defined, Mixed};
use crate::store;

/// Which rows of the table `T` count. Made by the methods of [`Column`](super::Column), joined by `and` or `&`, `or` or `|`, and
/// turned round by `not` or `!`.
///
/// A comparison with a null is neither true nor false, and `not` leaves it so: the row does not count either way.
pub struct Condition<T> {
    condition: store::Condition,
    table: PhantomData<fn() -> T>,
}

impl<T> Condition<T> {
    pub(super) fn new(condition: store::Condition) -> Self {
        Self { condition, table: PhantomData }
    }

    pub(super) fn into_plain(self) -> store::Condition {
        self.condition
    }

    /// Both conditions.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::new(all(self.condition, other.condition))
    }

    /// One of the conditions at least.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self::new(match self.condition {
            store::Condition::Or(mut list) => {
                list.push(other.condition);
                store::Condition::Or(list)
            }
            first => store::Condition::Or(vec![first, other.condition]),
        })
    }

    /// The opposite.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "it does; this one needs no `use`")]
    pub fn not(self) -> Self {
        !self
    }

    /// All of the conditions; of none, every row counts.
    pub fn all(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::new(store::Condition::And(conditions.into_iter().map(Self::into_plain).collect()))
    }

    /// One of the conditions at least; of none, no row counts.
    pub fn any(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::new(store::Condition::Or(conditions.into_iter().map(Self::into_plain).collect()))
    }
}

impl<T: Joinable> Condition<T> {
    /// The same condition among those of other tables, for a query that joins them:
    /// `Poster::title.eq("Alien").mixed() | Person::name.eq("Scott").mixed()`.
    ///
    /// That the query has all their tables is seen only when it runs. Conditions that all have to hold need none of this: write one
    /// `filter` after the other.
    #[must_use]
    pub fn mixed(self) -> Condition<Mixed> {
        Condition::new(self.condition)
    }
}

/// A table, or a left-joined one.
pub trait Joinable {}

impl<T: Defined> Joinable for T {}

impl<T: Defined> Joinable for Option<T> {}

/// Both conditions, in one list.
pub(super) fn all(first: store::Condition, second: store::Condition) -> store::Condition {
    match first {
        store::Condition::And(mut list) => {
            list.push(second);
            store::Condition::And(list)
        }
        first => store::Condition::And(vec![first, second]),
    }
}

impl<T> Not for Condition<T> {
    type Output = Self;

    fn not(self) -> Self {
        Self::new(match self.condition {
            store::Condition::Not(condition) => *condition,
            condition => store::Condition::Not(Box::new(condition)),
        })
    }
}

impl<T> BitAnd for Condition<T> {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        self.and(other)
    }
}

impl<T> BitOr for Condition<T> {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.or(other)
    }
}

impl<T> Clone for Condition<T> {
    fn clone(&self) -> Self {
        Self::new(self.condition.clone())
    }
}

/// Without the values, which may be a client's secrets.
impl<T> fmt::Debug for Condition<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Condition(..)")
    }
}
