//! The operations on tables: insert, update, get, delete, compute. Each is a short pipeline over the rooms above.
//!
//! Functions run before the transaction and never inside it. Every write is a set that is stored as a whole, by one call:
//! [`Commit::commit`].

mod backfill;
mod commit;
mod delete;
mod failure;
mod handle;
mod insert;
mod keep;
mod lookup;
mod shape;
mod sweep;
mod tables;
mod update;

pub(crate) use commit::{Commit, WriteSet};
pub(crate) use failure::{media_error, storage_error, store_error};
pub use handle::Handle;
pub(crate) use keep::{Keep, Kept};
pub(crate) use shape::{Columns, Keys, write};
pub(crate) use sweep::UPLOADS;
pub(crate) use tables::Tables;
pub(crate) use update::{Values, row_changed};
