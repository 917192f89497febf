//! The operations on tables: insert, update, get, delete, compute. Each is a short pipeline over the rooms above.
//!
//! Functions run before the transaction and never inside it. Every write is one statement of the store's group.

mod app;
mod backfill;
mod failure;
mod insert;
mod lookup;
mod shape;
mod sweep;
mod typed;
mod update;

pub use app::{App, Handle, Settings};
pub(crate) use failure::{media_error, store_error};
pub use typed::{NoKey, Table};
