//! What SQLite writes in its own way.

pub(super) mod letters;
pub(in crate::store) mod types;
