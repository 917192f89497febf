//! The operations on tables: insert, update, get, delete, compute. Each is a short pipeline over the rooms above.
//!
//! Functions run before the transaction and never inside it. Every write is one statement of the store's group.

mod app;
mod backfill;
mod bodies;
mod commit;
mod delete;
mod failure;
mod insert;
mod lookup;
mod query;
mod read;
mod select;
mod shape;
mod sql;
mod sweep;
mod typed;
mod update;

pub use app::{App, Handle, Settings};
#[cfg(test)]
pub(crate) use bodies::BodyMemory;
pub(crate) use bodies::BodyShare;
pub(crate) use commit::InJob;
pub(crate) use failure::{media_error, storage_error, store_error};
pub use query::{QueryDef, QueryFunction, QueryOutput, QueryParam, RowField, RowShape, Rows, call_query};
pub use select::{
    AnyTable, At, Column, Columns, Comparable, Condition, Expression, FromRow, Grouping, Holds, Joinable, MadeOf,
    Mixed, Number, On, Operand, Order, Ordered, Record, RowCount, Select, Selectable, Source, Text, TooManyTables,
    Within, count, table_fields,
};
pub use sql::{Bind, Sql};
pub(crate) use sweep::UPLOADS;
pub use typed::{NoKey, Table};
pub(crate) use update::row_changed;
