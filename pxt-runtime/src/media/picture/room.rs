//! Memory for what functions make of an image.

use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;

use super::admission::{Admission, UNIT};
use super::{BUDGET, PATIENCE, pixels, wait};
use crate::media::budget::{Budget, Reservation};
use crate::media::{Image, MediaError};

/// Memory that a function may use, until this is dropped: see [`Image::blocking_room`].
pub(crate) struct Room {
    _own: OwnedSemaphorePermit,
    _more: Option<Reservation>,
}

impl Image {
    /// Memory for what a function makes of the image, until this is dropped. As much as a copy of it with four channels was set
    /// aside with the image, for all its functions together; who needs more than there is left waits for the others, and for
    /// more than there was asks for the rest. A function has one room at a time: who has one waits for nothing.
    ///
    /// # Errors
    /// [`MediaError::TooCostly`], [`MediaError::Busy`], [`MediaError::Abandoned`].
    pub(crate) fn blocking_room(&self, bytes: u64) -> Result<Room, MediaError> {
        let pixels = pixels(&self.0);
        self.blocking_admission(&pixels)?.blocking_room(&BUDGET, bytes)
    }
}

impl Admission {
    pub(super) fn blocking_room(&self, budget: &'static Budget, bytes: u64) -> Result<Room, MediaError> {
        let all = self.probe.as_ref().map_or(0, |probe| probe.work() / UNIT);
        let units = bytes.div_ceil(UNIT).min(all);
        let more = bytes.saturating_sub(units * UNIT);
        let units = u32::try_from(units).expect("a side has 16,384 pixels at most");
        let own_room = wait(self.work.clone().acquire_many_owned(units), Duration::MAX);
        let own_room = own_room.ok_or(MediaError::Abandoned)?.expect("the semaphore is never closed");
        let more = match more {
            0 => None,
            more => Some(wait(budget.lend(&self.holder, more), PATIENCE).ok_or(MediaError::Busy)??),
        };
        Ok(Room { _own: own_room, _more: more })
    }
}
