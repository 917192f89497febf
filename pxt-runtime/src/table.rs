//! The operations on tables: insert, update, get, delete, compute. Each is a short pipeline over the rooms below.
//!
//! Functions run before the transaction and never inside it. Every operation writes by one call, [`Commit::commit`]; a backfill,
//! which is none, writes row by row what a start has to compute.

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
pub(crate) use failure::{media_error, storage_error};
pub(crate) use handle::{Handle, Handles};
pub(crate) use keep::{Keep, Kept};
pub(crate) use shape::{Columns, Keys, write};
pub(crate) use sweep::UPLOADS;
pub(crate) use tables::Tables;
pub(crate) use update::{Values, row_changed};
