//! How much the answers to a statement were, which says how the next one is read.

use std::sync::atomic::{AtomicU8, Ordering};

/// How much an answer was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Extent {
    /// It can be read at once.
    Short,
    /// It has many rows.
    Long,
    /// Its first rows take much memory, however few there are.
    Large,
}

/// The [`Extent`] of the last answer.
#[derive(Debug)]
pub(super) struct Extents(AtomicU8);

impl Default for Extents {
    fn default() -> Self {
        Self(AtomicU8::new(Extent::Short as u8))
    }
}

impl Extents {
    /// Whether the last answer was as much as this, or more.
    pub(super) fn was(&self, extent: Extent) -> bool {
        self.0.load(Ordering::Relaxed) >= extent as u8
    }

    /// Keeps in mind how much the answer was.
    pub(super) fn note(&self, extent: Extent) {
        self.0.store(extent as u8, Ordering::Relaxed);
    }
}
