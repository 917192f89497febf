//! What a query answers with: a tuple of columns and aggregates, or one of them; and what it groups by.
//!
//! That the query has their tables is a question apart, asked by [`Within`], so that a mistake in it is reported once.

use super::compare::Comparable;
use super::row::FromRow;
use super::source::Holds;
use super::{Column, Expression};
use crate::store::{self, Output, Place};
use crate::value::ColumnValue;

/// A value that a query can answer with: a [`Column`] or an [`Expression`].
#[diagnostic::on_unimplemented(
    message = "a query cannot answer with `{Self}`",
    label = "not a column",
    note = "select columns, such as `Poster::title`, and aggregates, such as `pxt::count()`"
)]
pub trait Selectable {
    /// The table that it is of.
    type Table;
    /// The type of the value.
    type Value: ColumnValue;

    #[doc(hidden)]
    fn output(self) -> Output;
}

/// Values that a query can answer with: a tuple of one to twelve.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of one to twelve columns",
    label = "not a tuple of columns",
    note = "write `.columns((Poster::id, Poster::title))`; a single value without a name is `.only(Poster::title)`"
)]
pub trait Columns {
    /// The type of a row.
    type Row: FromRow;

    #[doc(hidden)]
    fn outputs(self) -> Vec<Output>;
}

/// What a query can group by: a column, or a tuple of one to twelve.
#[diagnostic::on_unimplemented(
    message = "a query cannot group by `{Self}`",
    label = "not a column, or a tuple of one to twelve",
    note = "write `.group_by(Poster::stars)` or `.group_by((Poster::stars, Poster::year))`"
)]
pub trait Grouping {
    #[doc(hidden)]
    fn add_to(self, places: &mut Vec<Place>);
}

/// Says that a query over the tables `S` has all of these columns.
#[diagnostic::on_unimplemented(
    message = "a query over `{S}` cannot answer with `{Self}`",
    label = "not columns of the query's tables"
)]
pub trait Within<S, At> {}

impl<T, V: ColumnValue> Selectable for Column<T, V> {
    type Table = T;
    type Value = V;

    fn output(self) -> Output {
        Output { name: self.name().into(), expression: store::Expression::Column(self.place()), ty: self.ty() }
    }
}

impl<T, V: ColumnValue> Selectable for Expression<T, V> {
    type Table = T;
    type Value = V;

    fn output(self) -> Output {
        self.into_output()
    }
}

impl<T, V: Comparable> Grouping for Column<T, V> {
    fn add_to(self, places: &mut Vec<Place>) {
        places.push(self.place());
    }
}

impl<S: Holds<T, At>, T, V, At> Within<S, At> for Column<T, V> {}

impl<S: Holds<T, At>, T, V, At> Within<S, At> for Expression<T, V> {}

macro_rules! tuple {
    ($($item:ident $at:ident)+) => {
        impl<$($item: Selectable),+> Columns for ($($item,)+) {
            type Row = ($($item::Value,)+);

            fn outputs(self) -> Vec<Output> {
                #[allow(non_snake_case, reason = "a variable a type parameter")]
                let ($($item,)+) = self;
                vec![$($item.output()),+]
            }
        }

        impl<$($item: Grouping),+> Grouping for ($($item,)+) {
            fn add_to(self, places: &mut Vec<Place>) {
                #[allow(non_snake_case, reason = "a variable a type parameter")]
                let ($($item,)+) = self;
                $($item.add_to(places);)+
            }
        }

        impl<S, $($item: Within<S, $at>, $at),+> Within<S, ($($at,)+)> for ($($item,)+) {}
    };
}

tuple!(A A1);
tuple!(A A1 B B1);
tuple!(A A1 B B1 C C1);
tuple!(A A1 B B1 C C1 D D1);
tuple!(A A1 B B1 C C1 D D1 E E1);
tuple!(A A1 B B1 C C1 D D1 E E1 F F1);
tuple!(A A1 B B1 C C1 D D1 E E1 F F1 G G1);
tuple!(A A1 B B1 C C1 D D1 E E1 F F1 G G1 H H1);
tuple!(A A1 B B1 C C1 D D1 E E1 F F1 G G1 H H1 I I1);
tuple!(A A1 B B1 C C1 D D1 E E1 F F1 G G1 H H1 I I1 J J1);
tuple!(A A1 B B1 C C1 D D1 E E1 F F1 G G1 H H1 I I1 J J1 K K1);
tuple!(A A1 B B1 C C1 D D1 E E1 F F1 G G1 H H1 I I1 J J1 K K1 L L1);
