//! For how many jobs a node has room.

use std::sync::Arc;

/// For how many jobs there is room.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) most: usize,
    pub(super) parts: Vec<Part>,
}

/// For how many jobs of these routes together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) most: usize,
    pub(super) routes: Vec<Arc<str>>,
}
