//! Waiting for somebody who is deleting a file: as long as a question to the database takes.
//!
//! The wait is for a lock, but not inside of the system: a thread for each who waits would leave none to the deleter.

use std::time::{Duration, Instant};

use crate::media::MediaError;

/// The first pause, and the longest one. Each is twice as long as the one before.
const FIRST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(50);

/// After that, the client is to try again.
const LIMIT: Duration = Duration::from_secs(30);

pub(super) struct Patience {
    pause: Duration,
    /// When waiting began.
    since: Option<Instant>,
}

impl Patience {
    pub(super) fn new() -> Self {
        Self { pause: FIRST, since: None }
    }

    /// Waits a moment.
    ///
    /// # Errors
    /// [`MediaError::Unavailable`] when it has been too long.
    pub(super) async fn wait(&mut self) -> Result<(), MediaError> {
        if self.since.get_or_insert_with(Instant::now).elapsed() > LIMIT {
            return Err(MediaError::Unavailable("the file is about to be deleted, for too long".into()));
        }
        tokio::time::sleep(self.pause).await;
        self.pause = LONGEST.min(self.pause * 2);
        Ok(())
    }
}
