//! The tables of a query as a type, so that a column of another table does not compile.
//!
//! One table stands for itself; joined ones are a tuple in the order of the joins, those of a left join as `Option<Table>`.
//! Whether a tuple holds a table is found by its place: the compiler infers the `At` of [`Holds`], nobody writes it.

use crate::schema::TableDef;

/// A struct that stands for a table. Implemented by `#[derive(Table)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a table",
    label = "not a table",
    note = "derive `pxt::Table` for it"
)]
pub trait Defined: 'static {
    /// The table's definition.
    const TABLE: &'static TableDef;
}

/// The tables of a query: `Poster`, `(Poster, Person)`, or `(Poster, Option<Person>)` after a left join.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a table or a tuple of tables", label = "not tables")]
pub trait Source: 'static {
    /// These tables and one more.
    type With<U>;

    /// The tables.
    fn tables() -> Vec<&'static TableDef>;
}

/// A table among several, `Option<Person>` after a left join.
pub trait Member: 'static {
    /// Its definition.
    const TABLE: &'static TableDef;
}

#[diagnostic::do_not_recommend]
impl<T: Defined> Member for T {
    const TABLE: &'static TableDef = T::TABLE;
}

#[diagnostic::do_not_recommend]
impl<T: Defined> Member for Option<T> {
    const TABLE: &'static TableDef = T::TABLE;
}

/// The place of a table among those of a query.
pub enum At<const PLACE: usize> {}

/// The table of conditions that compare columns of several tables; see [`Condition::mixed`](super::Condition::mixed).
pub enum Mixed {}

/// What an aggregate over whole rows belongs to: the tables of any query.
pub enum AnyTable {}

/// What stands in for the tables of a query that joins more than eight.
pub enum TooManyTables {}

/// Says that a query may use the columns of `T`.
#[diagnostic::on_unimplemented(
    message = "a query over `{Self}` has no columns of `{T}`",
    label = "has a column of `{T}`",
    note = "join the table first; a column of a left-joined table, which may be null, is written with `.optional()`"
)]
pub trait Holds<T, At> {}

#[diagnostic::do_not_recommend]
impl<T: Defined> Source for T {
    type With<U> = (T, U);

    fn tables() -> Vec<&'static TableDef> {
        vec![T::TABLE]
    }
}

#[diagnostic::do_not_recommend]
impl<T: Defined> Holds<T, At<0>> for T {}

#[diagnostic::do_not_recommend]
impl<S: Source> Holds<Mixed, At<100>> for S {}

#[diagnostic::do_not_recommend]
impl<S: Source> Holds<AnyTable, At<101>> for S {}

macro_rules! joined {
    ($with:ty: $($table:ident $place:literal)+) => {
        #[diagnostic::do_not_recommend]
        impl<$($table: Member),+> Source for ($($table,)+) {
            type With<U> = $with;

            fn tables() -> Vec<&'static TableDef> {
                vec![$($table::TABLE),+]
            }
        }

        joined!(@each ($($table),+) $($table $place)+);
    };
    (@each $all:tt $($table:ident $place:literal)+) => {
        $(joined!(@one $all $table $place);)+
    };
    (@one ($($all:ident),+) $table:ident $place:literal) => {
        #[diagnostic::do_not_recommend]
        impl<$($all),+> Holds<$table, At<$place>> for ($($all,)+) {}
    };
}

joined!((A, B, U): A 0 B 1);
joined!((A, B, C, U): A 0 B 1 C 2);
joined!((A, B, C, D, U): A 0 B 1 C 2 D 3);
joined!((A, B, C, D, E, U): A 0 B 1 C 2 D 3 E 4);
joined!((A, B, C, D, E, F, U): A 0 B 1 C 2 D 3 E 4 F 5);
joined!((A, B, C, D, E, F, G, U): A 0 B 1 C 2 D 3 E 4 F 5 G 6);
joined!(TooManyTables: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7);
