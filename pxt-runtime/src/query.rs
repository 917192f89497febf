//! Typed queries: what users write over columns becomes the plain [`store::Select`] that a dialect turns into SQL.
//!
//! A query's type says its tables and what its rows are, so most mistakes do not compile. Building one does nothing and cannot
//! fail; what types do not tell is seen when the query is run or returned to a client, mostly by the store.

mod column;
mod compare;
mod condition;
mod expression;
mod outputs;
mod read;
mod row;
mod shape;
mod source;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

pub use column::Column;
pub use compare::{Comparable, Number, Operand, Ordered, Text};
pub use condition::{Condition, Joinable};
pub use expression::{Expression, On, Order, count};
pub use outputs::{Columns, Grouping, Selectable, Within};
pub(crate) use read::read;
pub use row::{FromRow, MadeOf, Record, table_fields};
pub use shape::{RowField, RowShape};
pub use source::{AnyTable, At, Defined, Holds, Mixed, Source, TooManyTables};

use crate::error::{Error, Result};
use crate::store::{self, Join};

/// A query over the rows of `S`, a table or a tuple of joined tables, that answers with rows of `R`.
///
/// Begun by [`Table::select`](crate::app::Table::select), it is run by [`fetch`](Self::fetch) and its neighbours, or returned from a function under
/// `#[pxt::query]`, which runs it for clients.
///
/// The order is always a total one: rows that the written order leaves equal are ordered by their primary keys.
#[must_use = "a query is only run by `fetch` and its neighbours, or by the route that it is returned to"]
pub struct Select<S, R = S> {
    plain: store::Select,
    types: PhantomData<fn() -> (S, R)>,
}

/// A number of rows: an integer of any of the usual types. A negative one, which may come from a client, is none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number of rows",
    label = "not an integer",
    note = "write an `i64`, `u64` or `usize`; for an `Option`, say what stands in: `limit.unwrap_or(10)`"
)]
pub trait RowCount {
    #[doc(hidden)]
    fn rows(self) -> u64;
}

macro_rules! row_count {
    ($($ty:ty),+) => {$(
        #[diagnostic::do_not_recommend]
        impl RowCount for $ty {
            fn rows(self) -> u64 {
                u64::try_from(self).unwrap_or(0)
            }
        }
    )+};
}

row_count!(i32, i64, u32, u64, usize);

impl<T: Defined> Select<T> {
    /// All rows of the table, whole.
    pub(crate) fn all() -> Self {
        Self::new(store::Select::all(T::TABLE))
    }
}

impl<S, R> Select<S, R> {
    fn new(plain: store::Select) -> Self {
        Self { plain, types: PhantomData }
    }

    /// Leaves the rows for which the condition holds. Several filters all have to hold.
    pub fn filter<T, At>(mut self, condition: Condition<T>) -> Self
    where
        S: Holds<T, At>,
    {
        let condition = condition.into_plain();
        self.plain.filter = Some(match self.plain.filter.take() {
            Some(before) => condition::all(before, condition),
            None => condition,
        });
        self
    }

    /// Leaves the rows for which the condition holds that is made of the value, or all when there is none:
    /// `.filter_if(text, |text| Poster::title.contains(text))`.
    pub fn filter_if<V, T, At>(self, value: Option<V>, condition: impl FnOnce(V) -> Condition<T>) -> Self
    where
        S: Holds<T, At>,
    {
        match value {
            Some(value) => self.filter(condition(value)),
            None => self,
        }
    }

    /// Orders the rows. A further order decides among rows that the ones before leave equal.
    pub fn order_by<T, At>(mut self, order: Order<T>) -> Self
    where
        S: Holds<T, At>,
    {
        self.plain.order_by.push((order.expression, order.direction));
        self
    }

    /// Answers with so many rows at most.
    pub fn limit(mut self, rows: impl RowCount) -> Self {
        self.plain.limit = Some(rows.rows());
        self
    }

    /// Passes over so many rows.
    pub fn offset(mut self, rows: impl RowCount) -> Self {
        self.plain.offset = rows.rows();
        self
    }

    /// Joins the rows of another table whose column is the same: `.join(Poster::director.same_as(Person::id))`. The first column is
    /// of a table that the query has, the second of the table that is joined. Rows without a partner fall away.
    ///
    /// The answer stays as it was; columns of both tables are chosen by [`columns`](Self::columns). A table cannot be joined twice,
    /// nor with itself.
    pub fn join<T, U: Defined, At>(self, on: On<T, U>) -> Select<S::With<U>, R>
    where
        S: Source + Holds<T, At>,
    {
        self.joined(on, false)
    }

    /// Joins as [`join`](Self::join) does, and keeps rows without a partner. The joined table's columns may be null then, and are
    /// written so: `Person::name.optional()`, which is read as an `Option`.
    pub fn left_join<T, U: Defined, At>(self, on: On<T, U>) -> Select<S::With<Option<U>>, R>
    where
        S: Source + Holds<T, At>,
    {
        self.joined(on, true)
    }

    fn joined<T, U, Z>(mut self, on: On<T, U>, optional: bool) -> Select<Z, R> {
        let (before, new) = on.on;
        self.plain.joins.push(Join { table: new.table, on: (new, before), optional });
        Select::new(self.plain)
    }

    /// Takes the rows together that are equal in a column, or in each of a tuple of columns, for aggregates over them. The answer
    /// then holds these columns and aggregates only.
    pub fn group_by<At>(mut self, columns: impl Grouping + Within<S, At>) -> Self {
        columns.add_to(&mut self.plain.group_by);
        self
    }

    /// Answers with these columns and aggregates: `.columns((Poster::id, Poster::title))`. Their names, which differ, are the names
    /// in JSON.
    pub fn columns<At, C: Columns + Within<S, At>>(mut self, columns: C) -> Select<S, C::Row> {
        self.plain.outputs = columns.outputs();
        Select::new(self.plain)
    }

    /// Answers with one value a row, without a name: in JSON a list of values.
    pub fn only<At, C: Selectable>(mut self, column: C) -> Select<S, C::Value>
    where
        S: Holds<C::Table, At>,
    {
        self.plain.outputs = vec![column.output()];
        Select::new(self.plain)
    }

    /// Answers with rows of a struct that derives [`Record`]. Its fields take the selected values in order, and give them their
    /// names: `.columns((Poster::id, Poster::title)).into::<Hit>()`.
    pub fn into<H: MadeOf<R>>(mut self) -> Select<S, H> {
        for (output, field) in self.plain.outputs.iter_mut().zip(H::fields()) {
            output.name = field.name;
        }
        Select::new(self.plain)
    }

    /// The query as plain data.
    ///
    /// # Errors
    /// 500, with a text for the log, when two values have one name.
    pub(crate) fn into_plain(self) -> Result<store::Select> {
        let mut seen = HashSet::new();
        match self.plain.outputs.iter().find(|output| !seen.insert(&output.name)) {
            None => Ok(self.plain),
            Some(output) => Err(Error::internal(format!(
                "two values of a query over `{}` are named `{}`: write `.named(\"…\")` after one of them",
                self.plain.table.name, output.name
            ))),
        }
    }
}

impl<S, R> Clone for Select<S, R> {
    fn clone(&self) -> Self {
        Self::new(self.plain.clone())
    }
}

/// The tables and the names of the values; not the conditions, whose values may be a client's secrets.
impl<S, R> fmt::Debug for Select<S, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables: Vec<_> =
            [self.plain.table.name].into_iter().chain(self.plain.joins.iter().map(|join| join.table.name)).collect();
        let names: Vec<_> = self.plain.outputs.iter().map(|output| &output.name).collect();
        f.debug_struct("Select").field("tables", &tables).field("values", &names).finish_non_exhaustive()
    }
}
