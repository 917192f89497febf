//! A column as queries name it: `Poster::title`.

use std::fmt;
use std::marker::PhantomData;

use super::compare::{Comparable, Number, Operand, Ordered, Text};
use super::{Condition, Defined, Expression, On, Order};
use crate::schema::{ColumnType, TableDef};
use crate::store::{self, Comparison, Direction, Place};
use crate::value::ColumnValue;

/// A column of the table `T` that holds `V`, as `#[derive(Table)]` writes it for each field: `Poster::title`.
///
/// Its methods make the parts of a [`Select`](super::Select): conditions, orders, joins and aggregates. A comparison with a null is
/// not true, and neither is its opposite: `Poster::note.ne("x")` leaves out the posters without a note.
pub struct Column<T, V> {
    /// A function, since the compiler walks through all that a constant reaches, for each column anew.
    table: fn() -> &'static TableDef,
    position: usize,
    types: PhantomData<fn() -> (T, V)>,
}

impl<T: Defined, V> Column<T, V> {
    #[doc(hidden)]
    pub const fn new(position: usize) -> Self {
        Self { table: || T::TABLE, position, types: PhantomData }
    }
}

impl<T, V> Column<T, V> {
    pub(super) fn place(self) -> Place {
        Place { table: (self.table)(), column: self.position }
    }

    pub(super) fn name(self) -> &'static str {
        self.place().def().name
    }

    pub(super) fn ty(self) -> ColumnType {
        self.place().def().ty
    }

    /// The same column in a query that left-joins its table: null in the rows without a partner.
    pub fn optional(self) -> Column<Option<T>, Option<V::Plain>>
    where
        V: ColumnValue,
    {
        Column { table: self.table, position: self.position, types: PhantomData }
    }

    /// The column's value under another name in the answer.
    pub fn named(self, name: &'static str) -> Expression<T, V> {
        Expression::new(store::Expression::Column(self.place()), name.into(), self.ty())
    }

    /// The number of rows in which the column is not null, as `count_title`.
    pub fn count(self) -> Expression<T, i64> {
        self.aggregate(store::Expression::Count, "count", ColumnType::Int)
    }

    fn aggregate<W>(self, expression: fn(Place) -> store::Expression, word: &str, ty: ColumnType) -> Expression<T, W> {
        Expression::new(expression(self.place()), format!("{word}_{}", self.name()).into(), ty)
    }
}

impl<T, V: ColumnValue> Column<T, Option<V>> {
    /// The column is null.
    pub fn is_null(self) -> Condition<T> {
        Condition::new(store::Condition::Null(self.place()))
    }

    /// The column is not null.
    pub fn is_not_null(self) -> Condition<T> {
        self.is_null().not()
    }
}

impl<T, V: ColumnValue> Column<T, V> {
    /// The column equals the value.
    pub fn eq(self, value: impl Operand<V::Compared>) -> Condition<T>
    where
        V: Comparable,
    {
        self.compare(Comparison::Equal, value)
    }

    /// The column is not null and differs from the value.
    pub fn ne(self, value: impl Operand<V::Compared>) -> Condition<T>
    where
        V: Comparable,
    {
        self.compare(Comparison::NotEqual, value)
    }

    /// The column is less than the value.
    pub fn lt(self, value: impl Operand<V::Compared>) -> Condition<T>
    where
        V: Comparable,
    {
        self.compare(Comparison::Less, value)
    }

    /// The column is less than the value, or equal.
    pub fn le(self, value: impl Operand<V::Compared>) -> Condition<T>
    where
        V: Comparable,
    {
        self.compare(Comparison::AtMost, value)
    }

    /// The column is greater than the value.
    pub fn gt(self, value: impl Operand<V::Compared>) -> Condition<T>
    where
        V: Comparable,
    {
        self.compare(Comparison::Greater, value)
    }

    /// The column is greater than the value, or equal.
    pub fn ge(self, value: impl Operand<V::Compared>) -> Condition<T>
    where
        V: Comparable,
    {
        self.compare(Comparison::AtLeast, value)
    }

    fn compare(self, comparison: Comparison, value: impl Operand<V::Compared>) -> Condition<T>
    where
        V: Comparable,
    {
        Condition::new(store::Condition::Compare(self.place(), comparison, value.into_operand()))
    }

    /// The column is one of the values; of none, never.
    pub fn is_in(self, values: impl IntoIterator<Item: Operand<V::Compared>>) -> Condition<T>
    where
        V: Comparable,
    {
        let values = values.into_iter().map(Operand::into_operand).collect();
        Condition::new(store::Condition::In(self.place(), values))
    }

    /// The text has this one somewhere, letter by letter: `%` and `_` mean themselves, `A` is not `a`. More than 1 KiB is looked
    /// for by no query: its run fails with 422.
    pub fn contains(self, text: impl Into<String>) -> Condition<T>
    where
        V: Text,
    {
        Condition::new(store::Condition::Contains(self.place(), text.into()))
    }

    /// The text begins with this one, of at most 1 KiB.
    pub fn starts_with(self, text: impl Into<String>) -> Condition<T>
    where
        V: Text,
    {
        Condition::new(store::Condition::StartsWith(self.place(), text.into()))
    }

    /// The text ends with this one, of at most 1 KiB.
    pub fn ends_with(self, text: impl Into<String>) -> Condition<T>
    where
        V: Text,
    {
        Condition::new(store::Condition::EndsWith(self.place(), text.into()))
    }

    /// Joins another table where its column equals this one: `Poster::director.same_as(Person::id)` for
    /// [`Select::join`](super::Select::join).
    pub fn same_as<U, W>(self, other: Column<U, W>) -> On<T, U>
    where
        V: Comparable,
        W: Comparable<Compared = V::Compared>,
    {
        On::new(self.place(), other.place())
    }

    /// From small to large, nulls first.
    pub fn asc(self) -> Order<T>
    where
        V: Comparable,
    {
        Order::new(store::Expression::Column(self.place()), Direction::Ascending)
    }

    /// From large to small, nulls last.
    pub fn desc(self) -> Order<T>
    where
        V: Comparable,
    {
        Order::new(store::Expression::Column(self.place()), Direction::Descending)
    }

    /// The sum, as `sum_score`. None when there is no number to add.
    pub fn sum(self) -> Expression<T, Option<V::Plain>>
    where
        V: Number,
    {
        self.aggregate(store::Expression::Sum, "sum", self.ty())
    }

    /// The mean, as `avg_score`. None when there is no number.
    pub fn avg(self) -> Expression<T, Option<f64>>
    where
        V: Number,
    {
        self.aggregate(store::Expression::Avg, "avg", ColumnType::Float)
    }

    /// The smallest value, as `min_score`. None when there is none.
    pub fn min(self) -> Expression<T, Option<V::Plain>>
    where
        V: Ordered,
    {
        self.aggregate(store::Expression::Min, "min", self.ty())
    }

    /// The largest value, as `max_score`. None when there is none.
    pub fn max(self) -> Expression<T, Option<V::Plain>>
    where
        V: Ordered,
    {
        self.aggregate(store::Expression::Max, "max", self.ty())
    }
}

impl<T, V> Clone for Column<T, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, V> Copy for Column<T, V> {}

/// The column's full name: `films.posters.title`.
impl<T, V> fmt::Debug for Column<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.place().table.name, self.name())
    }
}
