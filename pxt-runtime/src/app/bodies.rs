//! The memory that the bodies of requests may take together while they are read.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Result};

/// Bytes of a body that are not counted. Small requests cost nothing by that, and are served while large ones have taken
/// everything.
const UNCOUNTED: usize = 16 << 10;

/// A number of bytes that is lent out.
pub(crate) struct BodyMemory(Arc<Semaphore>);

/// What one body has taken, given back on drop.
pub(crate) struct BodyShare {
    memory: Arc<Semaphore>,
    bytes: usize,
    counted: Option<OwnedSemaphorePermit>,
}

impl BodyMemory {
    pub(crate) fn new(bytes: u64) -> Self {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        Self(Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))))
    }

    /// For a new body, which has taken nothing yet.
    pub(crate) fn share(&self) -> BodyShare {
        BodyShare { memory: self.0.clone(), bytes: 0, counted: None }
    }

    #[cfg(test)]
    pub(crate) fn free(&self) -> usize {
        self.0.available_permits()
    }
}

impl BodyShare {
    /// Takes more, before it is used. Nobody waits: those who hold memory may wait for their clients.
    ///
    /// # Errors
    /// 503 when so much is not free.
    pub(crate) fn take(&mut self, bytes: usize) -> Result<()> {
        self.bytes += bytes;
        if self.bytes <= UNCOUNTED {
            return Ok(());
        }
        let missing = self.bytes - self.counted.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let taken =
            u32::try_from(missing).ok().and_then(|missing| self.memory.clone().try_acquire_many_owned(missing).ok());
        match (taken, &mut self.counted) {
            (None, _) => return Err(full()),
            (Some(taken), Some(counted)) => counted.merge(taken),
            (taken, counted) => *counted = taken,
        }
        Ok(())
    }
}

fn full() -> Error {
    let detail = "the service reads too many large bodies at the moment: try again, or send less at once";
    Error::new(503, "busy", detail).with_retry_after(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_lent_and_come_back() {
        let memory = BodyMemory::new(100 << 10);
        let mut small = memory.share();
        small.take(UNCOUNTED).expect("is not counted");
        assert_eq!(memory.free(), 100 << 10);
        let mut large = memory.share();
        for _ in 0..9 {
            large.take(10 << 10).expect("is free");
        }
        assert_eq!(memory.free(), 10 << 10);
        let refused = small.take(1 << 10).expect_err("is more than there is");
        assert_eq!((refused.status(), refused.code(), refused.retry_after()), (503, "busy", Some(1)));
        drop(large);
        assert_eq!(memory.free(), 100 << 10);
    }

    #[test]
    fn no_body_is_too_large_to_be_refused() {
        let memory = BodyMemory::new(u64::MAX);
        let mut share = memory.share();
        assert_eq!(share.take(usize::MAX).map_err(|error| error.status()), Err(503));
    }
}
