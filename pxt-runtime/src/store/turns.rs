//! Whose turn it is to read a long answer: few are read at once, whichever database answers.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::StoreError;

/// How many long answers are read at once, unless there are connections for fewer.
pub(super) const TURNS: usize = 8;

/// The turns that there are.
#[derive(Debug)]
pub(super) struct Turns {
    places: Arc<Semaphore>,
    wait: Duration,
}

/// The right to read a long answer.
#[derive(Debug)]
pub(super) struct Turn {
    _place: OwnedSemaphorePermit,
}

impl Turns {
    /// So many at once; `wait` is how long a turn is waited for.
    pub(super) fn new(places: usize, wait: Duration) -> Self {
        Self { places: Arc::new(Semaphore::new(places)), wait }
    }

    /// A turn, if one is free.
    pub(super) fn free(&self) -> Option<Turn> {
        self.places.clone().try_acquire_owned().ok().map(|place| Turn { _place: place })
    }

    /// The next turn.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when none became free in time.
    pub(super) async fn take(&self) -> Result<Turn, StoreError> {
        match tokio::time::timeout(self.wait, self.places.clone().acquire_owned()).await {
            Ok(place) => place.map(|place| Turn { _place: place }).map_err(|_| StoreError::Closed),
            Err(_) => Err(StoreError::Busy),
        }
    }
}
