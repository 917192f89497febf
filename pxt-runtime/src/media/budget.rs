//! The memory that images may take together, over all requests of the process, and the cores that decode them.
//!
//! A small file can be a large image. What one takes is reserved before it is taken; who finds no room waits for it, in the
//! order of coming. Small images have a share of their own, so that they never wait for large ones.

use std::sync::{Mutex, OnceLock, PoisonError};

use tokio::sync::{Notify, Semaphore, SemaphorePermit};

use super::MediaError;

/// Where nothing was configured, in bytes.
const DEFAULT: u64 = 768 << 20;

/// What semaphores count: bytes would be too many for one.
const UNIT: u64 = 1024;

/// The most that an image may take to count as small, in bytes: about a megapixel.
const SMALL: u64 = 12 << 20;

/// A number of bytes that is lent out. Waiting is asynchronous: it costs no thread, and ends with the future.
pub(super) struct Budget {
    /// Bytes in all.
    size: Mutex<u64>,
    small: Semaphore,
    large: Semaphore,
    returned: Notify,
}

/// Bytes taken from a budget, given back on drop.
pub(super) struct Reservation {
    budget: &'static Budget,
    share: &'static Semaphore,
    permit: Option<SemaphorePermit<'static>>,
}

impl Budget {
    pub(super) const fn new() -> Self {
        let (small, large) = (Semaphore::const_new(0), Semaphore::const_new(0));
        Self { size: Mutex::new(0), small, large, returned: Notify::const_new() }
    }

    /// Lends out so many bytes, or as many as before when those were more.
    pub(super) fn widen(&self, bytes: u64) {
        let mut size = self.size.lock().unwrap_or_else(PoisonError::into_inner);
        if bytes > *size {
            self.small.add_permits(units(small_share(bytes)) - units(small_share(*size)));
            self.large.add_permits(units(bytes - small_share(bytes)) - units(*size - small_share(*size)));
            *size = bytes;
        }
    }

    /// Takes bytes, waiting for them if need be.
    ///
    /// # Errors
    /// [`MediaError::TooCostly`] for more than there can ever be.
    pub(super) async fn reserve(&'static self, bytes: u64) -> Result<Reservation, MediaError> {
        let (share, count) = self.share(bytes)?;
        let permit = share.acquire_many(count).await.expect("the semaphore is never closed");
        Ok(Reservation { budget: self, share, permit: Some(permit) })
    }

    /// Waits until something was given back.
    pub(super) async fn returned(&self) {
        self.returned.notified().await;
    }

    /// The most that can be reserved at once, in bytes.
    pub(super) fn most(&self) -> u64 {
        let size = self.size();
        size - small_share(size)
    }

    /// Whom to ask for so many bytes, and for how many units.
    fn share(&'static self, bytes: u64) -> Result<(&'static Semaphore, u32), MediaError> {
        let size = self.size();
        let costly = || MediaError::TooCostly { mebibytes: bytes.div_ceil(1 << 20), limit: self.most() >> 20 };
        if bytes > self.most() {
            return Err(costly());
        }
        let share = if bytes <= SMALL.min(small_share(size) / 2) { &self.small } else { &self.large };
        let count = u32::try_from(bytes.div_ceil(UNIT)).map_err(|_| costly())?;
        Ok((share, count))
    }

    fn size(&self) -> u64 {
        let size = *self.size.lock().unwrap_or_else(PoisonError::into_inner);
        if size == 0 {
            self.widen(DEFAULT);
            return self.size();
        }
        size
    }

    /// Bytes that are not lent out.
    #[cfg(test)]
    pub(super) fn free(&self) -> u64 {
        (self.small.available_permits() + self.large.available_permits()) as u64 * UNIT
    }
}

/// The part of a budget that is for small images alone.
fn small_share(bytes: u64) -> u64 {
    bytes / 4 / UNIT * UNIT
}

fn units(bytes: u64) -> usize {
    usize::try_from(bytes / UNIT).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS / 2)
}

impl Reservation {
    /// No bytes: for what somebody else's reservation covers.
    pub(super) fn none(budget: &'static Budget) -> Self {
        Self { budget, share: &budget.small, permit: None }
    }

    /// Bytes that are reserved.
    pub(super) fn bytes(&self) -> u64 {
        self.permit.as_ref().map_or(0, |permit| permit.num_permits() as u64 * UNIT)
    }

    /// Reserves so many bytes in all instead, if they are free. Whether they were.
    ///
    /// # Errors
    /// As [`Budget::reserve`].
    pub(super) fn try_grow(&mut self, bytes: u64) -> Result<bool, MediaError> {
        let (share, count) = self.budget.share(bytes)?;
        // Small ones that grow large take from another share.
        let grown = self.permit.as_mut().filter(|_| std::ptr::eq(share, self.share));
        let held = grown.as_ref().map_or(0, |permit| permit.num_permits());
        let more = u32::try_from((count as usize).saturating_sub(held)).expect("is less than the count");
        let Ok(more) = share.try_acquire_many(more) else { return Ok(false) };
        match grown {
            Some(permit) => permit.merge(more),
            None => (self.share, self.permit) = (share, Some(more)),
        }
        Ok(true)
    }

    /// Gives back all but this much.
    pub(super) fn shrink(&mut self, bytes: u64) {
        let excess = (self.bytes().saturating_sub(bytes) / UNIT) as usize;
        drop(self.permit.as_mut().and_then(|permit| permit.split(excess)));
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.permit.take().is_some() {
            self.budget.returned.notify_one();
        }
    }
}

/// Leave to decode: as many large images at once as leave a core to everything else, and as many small ones as there are cores. More
/// threads would make nothing faster, and all that the process does besides slower.
pub(super) fn cores(is_small: bool) -> &'static Semaphore {
    static CORES: OnceLock<[Semaphore; 2]> = OnceLock::new();
    let [small, large] = CORES.get_or_init(|| {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        [Semaphore::new(cores), Semaphore::new((cores - 1).max(1))]
    });
    if is_small { small } else { large }
}

/// Whether a reservation of so many bytes is one of the small ones.
pub(super) fn is_small(bytes: u64) -> bool {
    bytes <= SMALL
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const MIB: u64 = 1 << 20;

    #[tokio::test]
    async fn bytes_are_lent_and_come_back() {
        static BUDGET: Budget = Budget::new();
        BUDGET.widen(32 * MIB);
        BUDGET.widen(16 * MIB);
        assert_eq!((BUDGET.free(), BUDGET.most()), (32 * MIB, 24 * MIB));
        let mut large = BUDGET.reserve(23 * MIB).await.unwrap();
        // Small ones have a share of their own, until they grow.
        let mut small = BUDGET.reserve(MIB).await.unwrap();
        assert!(small.try_grow(2 * MIB).unwrap() && !small.try_grow(5 * MIB).unwrap());
        assert_eq!((BUDGET.free(), small.bytes()), (7 * MIB, 2 * MIB));
        large.shrink(4 * MIB);
        assert!(small.try_grow(18 * MIB).unwrap() && small.try_grow(20 * MIB).unwrap());
        assert_eq!((BUDGET.free(), small.bytes()), (8 * MIB, 20 * MIB));
        assert!(matches!(small.try_grow(40 * MIB), Err(MediaError::TooCostly { .. })));
        drop((large, small));
        assert_eq!(BUDGET.free(), 32 * MIB);
    }

    #[tokio::test]
    async fn what_is_never_there_is_not_waited_for() {
        static BUDGET: Budget = Budget::new();
        BUDGET.widen(32 * MIB);
        let error = BUDGET.reserve(25 * MIB).await.map(drop).unwrap_err();
        assert_eq!(
            error.to_string(),
            "takes 25 MiB of memory to look at, and there are 24 MiB for images: send a smaller one"
        );
    }

    #[tokio::test]
    async fn the_first_in_line_is_served_first() {
        static BUDGET: Budget = Budget::new();
        BUDGET.widen(32 * MIB);
        let held = BUDGET.reserve(16 * MIB).await.unwrap();
        let mut first = std::pin::pin!(BUDGET.reserve(21 * MIB));
        assert!(tokio::time::timeout(Duration::ZERO, &mut first).await.is_err());
        // Eight MiB are free, but a large one came first.
        let mut second = std::pin::pin!(BUDGET.reserve(5 * MIB));
        assert!(tokio::time::timeout(Duration::ZERO, &mut second).await.is_err());
        drop(held);
        let first = first.await.unwrap();
        assert!(tokio::time::timeout(Duration::ZERO, &mut second).await.is_err());
        drop(first);
        drop(second.await.unwrap());
        assert_eq!(BUDGET.free(), 32 * MIB);
    }
}
