//! Stands where images would be looked at: no column and no function has one, so that a row has none to be reserved for.

use std::future::Future;

use super::MediaError;
use crate::value::Media;

#[path = "wanted.rs"]
mod wanted;

pub(crate) use wanted::DropGuard;

/// The images of a row: none.
pub(crate) struct RowImages;

/// The row that code works for. None asks for memory in its name.
pub(crate) struct Row;

impl RowImages {
    pub(crate) fn new(_: Vec<Media>) -> Self {
        Self
    }

    pub(crate) async fn admit(&self, _: &Media) -> Result<(), MediaError> {
        Ok(())
    }

    pub(crate) fn serve<F: Future>(&self, work: F) -> F {
        work
    }
}

impl Row {
    pub(crate) fn current() -> Self {
        Self
    }

    pub(crate) fn call<T>(self, function: impl FnOnce() -> T) -> T {
        function()
    }
}

/// There is nothing to limit.
pub(crate) fn limit_images(_: u64, _: u64) {}

/// Nothing was taken that could be given back.
pub(crate) async fn give_back(_: &mut u64) {
    std::future::pending().await
}
