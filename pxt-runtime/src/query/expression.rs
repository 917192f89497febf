//! What a query reads beside plain columns, in which order it answers, and what it joins by.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use super::source::AnyTable;
use crate::schema::ColumnType;
use crate::store::{self, Direction, Output, Place};

/// An aggregate, or a column under another name, with the type `V`. Made by [`count`] and by the methods of [`Column`](super::Column).
pub struct Expression<T, V> {
    output: Output,
    types: PhantomData<fn() -> (T, V)>,
}

/// An order of rows, for [`Select::order_by`](super::Select::order_by).
pub struct Order<T> {
    pub(super) expression: store::Expression,
    pub(super) direction: Direction,
    table: PhantomData<fn() -> T>,
}

/// Two equal columns, for [`Select::join`](super::Select::join): the first of a table that the query has, the second of the one
/// that it joins.
pub struct On<T, U> {
    pub(super) on: (Place, Place),
    tables: PhantomData<fn() -> (T, U)>,
}

/// The number of rows, as `count`.
pub fn count() -> Expression<AnyTable, i64> {
    Expression::new(store::Expression::CountRows, "count".into(), ColumnType::Int)
}

impl<T, V> Expression<T, V> {
    pub(super) fn new(expression: store::Expression, name: Cow<'static, str>, ty: ColumnType) -> Self {
        Self { output: Output { name, expression, ty }, types: PhantomData }
    }

    /// The same under another name. The names of one query differ.
    #[must_use]
    pub fn named(mut self, name: &'static str) -> Self {
        self.output.name = name.into();
        self
    }

    /// From small to large, nulls first.
    pub fn asc(&self) -> Order<T> {
        Order::new(self.output.expression, Direction::Ascending)
    }

    /// From large to small, nulls last.
    pub fn desc(&self) -> Order<T> {
        Order::new(self.output.expression, Direction::Descending)
    }

    pub(super) fn into_output(self) -> Output {
        self.output
    }
}

impl<T> Order<T> {
    pub(super) fn new(expression: store::Expression, direction: Direction) -> Self {
        Self { expression, direction, table: PhantomData }
    }
}

impl<T, U> On<T, U> {
    pub(super) fn new(left: Place, right: Place) -> Self {
        Self { on: (left, right), tables: PhantomData }
    }
}

impl<T> Clone for Order<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Order<T> {}

impl<T, U> Clone for On<T, U> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, U> Copy for On<T, U> {}

impl<T, V> Clone for Expression<T, V> {
    fn clone(&self) -> Self {
        Self { output: self.output.clone(), types: PhantomData }
    }
}

impl<T, V> fmt::Debug for Expression<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.output.name)
    }
}

impl<T> fmt::Debug for Order<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Order").field("direction", &self.direction).finish_non_exhaustive()
    }
}

impl<T, U> fmt::Debug for On<T, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (left, right) = self.on;
        write!(f, "{}.{} = {}.{}", left.table.name, left.def().name, right.table.name, right.def().name)
    }
}
