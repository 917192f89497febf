//! Memory for what functions make of an image.

use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, SemaphorePermit};

use super::admission::{Admission, UNIT};
use super::probe::Probe;
use super::{BUDGET, PATIENCE, pixels, wait};
use crate::media::budget::{self, Budget, Reservation};
use crate::media::{Image, MediaError};

/// Memory and a core that a function may use, until this is dropped: see [`Image::blocking_room`].
pub(crate) struct Room {
    _own: OwnedSemaphorePermit,
    _more: Option<Reservation>,
    _core: SemaphorePermit<'static>,
}

impl Image {
    /// Memory for what a function makes of the image, and a core for that, until this is dropped. As much as a copy of it with
    /// four channels was set aside with the image, for all its functions together; who needs more than there is left waits for the
    /// others, and who needs more than there was asks for the rest. A function has one room at a time: who has one waits for
    /// nothing.
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
        let peak = self.probe.as_ref().map_or(0, Probe::peak);
        let core = wait(budget::cores(budget::is_small(peak)).acquire(), Duration::MAX);
        let core = core.ok_or(MediaError::Abandoned)?.expect("the semaphore is never closed");
        Ok(Room { _own: own_room, _more: more, _core: core })
    }
}
