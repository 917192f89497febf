//! The memory that images may take together, over all requests of the process, and the cores that decode them.
//!
//! A small file can be a large image. What one takes is reserved before it is taken; who finds no room waits for it, in the
//! order of coming. Small images have a share of their own, so that they never wait for large ones.

mod share;

use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::{Notify, Semaphore};

use super::MediaError;
use share::Share;

/// Where nothing was configured, in bytes.
const DEFAULT: u64 = 768 << 20;

/// The most that an image may take to count as small, in bytes: about a megapixel.
const SMALL: u64 = 12 << 20;

/// A number of bytes that is lent out, in two shares.
pub(super) struct Budget {
    small: Share,
    large: Share,
    /// How often something was given back.
    returns: AtomicU64,
    returned: Notify,
}

/// Bytes taken from a budget, given back on drop.
pub(super) struct Reservation {
    budget: &'static Budget,
    share: &'static Share,
    bytes: u64,
    /// None for what is given back before its holder waits for anything else.
    holder: Option<Arc<Holder>>,
}

/// Who reserves memory in several steps: a row. It asks for one thing at a time.
#[derive(Default)]
pub(super) struct Holder {
    small: AtomicU64,
    large: AtomicU64,
    /// Bytes of these for what turns up.
    spare: AtomicU64,
    asking: tokio::sync::Mutex<()>,
}

/// Bytes that somebody holds, of each share.
#[derive(Clone, Copy)]
struct Held {
    small: u64,
    large: u64,
}

impl Budget {
    pub(super) const fn new() -> Self {
        let (returns, returned) = (AtomicU64::new(0), Notify::const_new());
        Self { small: Share::new(), large: Share::new(), returns, returned }
    }

    /// Lends out so many bytes, or as many as before when those were more.
    pub(super) fn widen(&self, bytes: u64) {
        self.small.widen(bytes / 4);
        self.large.widen(bytes - bytes / 4);
    }

    /// Takes bytes, waiting for them if need be.
    ///
    /// # Errors
    /// [`MediaError::TooCostly`] for more than there can ever be beside what the holder has, [`MediaError::Busy`] where it has
    /// something and others that have something would have to wait for it.
    pub(super) async fn reserve(&'static self, holder: &Arc<Holder>, bytes: u64) -> Result<Reservation, MediaError> {
        let share = self.take(holder, bytes).await?;
        holder.held(share, self).fetch_add(bytes, Ordering::Relaxed);
        Ok(Reservation { budget: self, share, bytes, holder: Some(holder.clone()) })
    }

    /// The same for a while: the holder gives it back before it waits for anything else.
    ///
    /// # Errors
    /// As [`reserve`](Self::reserve).
    pub(super) async fn lend(&'static self, holder: &Holder, bytes: u64) -> Result<Reservation, MediaError> {
        let share = self.take(holder, bytes).await?;
        Ok(Reservation { budget: self, share, bytes, holder: None })
    }

    async fn take(&'static self, holder: &Holder, bytes: u64) -> Result<&'static Share, MediaError> {
        let _asking = holder.asking.lock().await;
        let held = holder.bytes();
        let share = self.share(held, bytes)?;
        if held.is_nothing() {
            share.take(bytes).await;
        } else {
            share.take_more(held.of(share, self), bytes).await?;
        }
        Ok(share)
    }

    /// Waits until something was given back more often than this. How often it was.
    pub(super) async fn returned_after(&self, returns: u64) -> u64 {
        loop {
            let returned = self.returned.notified();
            let now = self.returns.load(Ordering::Relaxed);
            if now != returns {
                return now;
            }
            returned.await;
        }
    }

    /// The most that can be reserved at once, in bytes.
    pub(super) fn most(&self) -> u64 {
        if self.large.size() == 0 {
            self.widen(DEFAULT);
        }
        self.large.size()
    }

    /// Where to take bytes from, beside those that are held. Who holds a large part never waits for a small one: it could be for
    /// somebody who waits for a large one.
    fn share(&'static self, held: Held, bytes: u64) -> Result<&'static Share, MediaError> {
        let most = self.most();
        if held.large.saturating_add(bytes) > most {
            let all = held.small.saturating_add(held.large).saturating_add(bytes);
            return Err(MediaError::TooCostly { mebibytes: all.div_ceil(1 << 20), limit: most >> 20 });
        }
        let is_small = held.large == 0 && held.small + bytes <= SMALL.min(self.small.size() / 2);
        Ok(if is_small { &self.small } else { &self.large })
    }

    /// Bytes that are not lent out.
    #[cfg(test)]
    pub(super) fn free(&self) -> u64 {
        self.small.free() + self.large.free()
    }
}

impl Holder {
    fn bytes(&self) -> Held {
        Held { small: self.small.load(Ordering::Relaxed), large: self.large.load(Ordering::Relaxed) }
    }

    fn held(&self, share: &Share, budget: &Budget) -> &AtomicU64 {
        if ptr::eq(share, &raw const budget.small) { &self.small } else { &self.large }
    }

    /// Sets bytes of what is held aside for what turns up.
    pub(super) fn add_spare(&self, bytes: u64) {
        self.spare.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn has_spare(&self, bytes: u64) -> bool {
        self.spare.load(Ordering::Relaxed) >= bytes
    }

    /// Takes of what was set aside, for good. Whether there was as much.
    pub(super) fn take_spare(&self, bytes: u64) -> bool {
        let take = |spare: u64| spare.checked_sub(bytes);
        self.spare.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

impl Held {
    fn is_nothing(self) -> bool {
        self.small == 0 && self.large == 0
    }

    fn of(self, share: &Share, budget: &Budget) -> u64 {
        if ptr::eq(share, &raw const budget.small) { self.small } else { self.large }
    }
}

impl Reservation {
    /// No bytes: for what is reserved already.
    pub(super) fn none(budget: &'static Budget) -> Self {
        Self { budget, share: &budget.small, bytes: 0, holder: None }
    }

    /// Bytes that are reserved.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Reserves so many bytes in all instead, if they are free. Whether they were.
    ///
    /// # Errors
    /// As [`Budget::reserve`], without waiting.
    pub(super) fn try_grow(&mut self, bytes: u64) -> Result<bool, MediaError> {
        let mut others = self.holder.as_ref().map_or(Held { small: 0, large: 0 }, |holder| holder.bytes());
        let own = if ptr::eq(self.share, &raw const self.budget.small) { &mut others.small } else { &mut others.large };
        *own -= self.bytes;
        let share = self.budget.share(others, bytes)?;
        // Small ones that grow large take from another share.
        let held = if ptr::eq(share, self.share) { self.bytes.min(bytes) } else { 0 };
        if !share.try_take(bytes - held) {
            return Ok(false);
        }
        if let Some(holder) = &self.holder {
            holder.held(share, self.budget).fetch_add(bytes - held, Ordering::Relaxed);
        }
        let more = Self { budget: self.budget, share, bytes: bytes - held, holder: self.holder.clone() };
        let before = std::mem::replace(self, more);
        if held > 0 {
            self.merge(before);
        }
        Ok(true)
    }

    fn merge(&mut self, mut other: Self) {
        self.bytes += std::mem::take(&mut other.bytes);
    }

    /// So many bytes of these, apart.
    pub(super) fn split(&mut self, bytes: u64) -> Self {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        Self { budget: self.budget, share: self.share, bytes, holder: self.holder.clone() }
    }

    /// Gives back all but this much.
    pub(super) fn shrink(&mut self, bytes: u64) {
        drop(self.split(self.bytes.saturating_sub(bytes)));
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.bytes > 0 {
            if let Some(holder) = &self.holder {
                holder.held(self.share, self.budget).fetch_sub(self.bytes, Ordering::Relaxed);
            }
            self.share.give(self.bytes);
            self.budget.returns.fetch_add(1, Ordering::Relaxed);
            self.budget.returned.notify_waiters();
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
mod tests;
