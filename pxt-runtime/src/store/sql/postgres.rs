//! What PostgreSQL writes in its own way.

pub(super) mod letters;
pub(super) mod numbers;
pub(in crate::store) mod types;
