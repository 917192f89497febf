//! A part of a budget: bytes that are lent out, and who waits for them.
//!
//! Whoever holds nothing waits in a queue. Whoever holds something others wait for that too, so it goes before the queue, and waits only
//! where all that hold and wait can be served one after another from what the rest gives back (the banker's algorithm): no two of
//! them ever wait for each other.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::media::MediaError;

/// A number of bytes that is lent out. Waiting is asynchronous: it costs no thread, and ends with the future.
pub(super) struct Share {
    state: Mutex<State>,
    /// Who holds nothing waits one at a time, in the order of coming.
    queue: tokio::sync::Mutex<()>,
    changed: Notify,
}

struct State {
    size: u64,
    free: u64,
    holders: Vec<Asker>,
}

/// Who holds something and waits for more, in bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Asker {
    held: u64,
    wanted: u64,
}

/// An asker among those that wait, until this is dropped.
struct Registration<'a>(&'a Share, Asker);

impl Share {
    pub(super) const fn new() -> Self {
        let state = State { size: 0, free: 0, holders: Vec::new() };
        Self { state: Mutex::new(state), queue: tokio::sync::Mutex::const_new(()), changed: Notify::const_new() }
    }

    /// Lends out so many bytes, or as many as before when those were more.
    pub(super) fn widen(&self, size: u64) {
        let mut state = self.state();
        let more = size.saturating_sub(state.size);
        state.size += more;
        state.free += more;
        drop(state);
        self.changed.notify_waiters();
    }

    pub(super) fn size(&self) -> u64 {
        self.state().size
    }

    #[cfg(test)]
    pub(super) fn free(&self) -> u64 {
        self.state().free
    }

    /// Takes bytes if they are free and nobody waits who holds something.
    pub(super) fn try_take(&self, bytes: u64) -> bool {
        let mut state = self.state();
        state.holders.is_empty() && state.take(bytes)
    }

    /// Takes bytes for who holds none, waiting for them if need be.
    pub(super) async fn take(&self, bytes: u64) {
        let _first = self.queue.lock().await;
        loop {
            let changed = self.changed.notified();
            if self.try_take(bytes) {
                return;
            }
            changed.await;
        }
    }

    /// Takes bytes for who holds some already, waiting for them if need be.
    ///
    /// # Errors
    /// [`MediaError::Busy`] at once where waiting could be for good.
    pub(super) async fn take_more(&self, held: u64, bytes: u64) -> Result<(), MediaError> {
        let Some(_registration) = self.register(Asker { held, wanted: bytes })? else { return Ok(()) };
        loop {
            let changed = self.changed.notified();
            if self.state().take(bytes) {
                return Ok(());
            }
            changed.await;
        }
    }

    /// Registers an asker among those that hold something and wait. None for who has what it wants.
    fn register(&self, asker: Asker) -> Result<Option<Registration<'_>>, MediaError> {
        let mut state = self.state();
        if state.take(asker.wanted) {
            return Ok(None);
        }
        if !state.can_serve(asker) {
            return Err(MediaError::Busy);
        }
        state.holders.push(asker);
        Ok(Some(Registration(self, asker)))
    }

    pub(super) fn give(&self, bytes: u64) {
        self.state().free += bytes;
        self.changed.notify_waiters();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, bytes: u64) -> bool {
        let is_free = bytes <= self.free;
        if is_free {
            self.free -= bytes;
        }
        is_free
    }

    /// Whether everybody who holds and waits, and this one too, could be served once everybody else has given back.
    fn can_serve(&self, asker: Asker) -> bool {
        let all = || self.holders.iter().chain([&asker]);
        let held: u64 = all().map(|asker| asker.held).sum();
        let most = all().map(|asker| asker.wanted).max().unwrap_or(0);
        held.saturating_add(most) <= self.size
    }
}

impl Drop for Registration<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        if let Some(at) = state.holders.iter().position(|asker| *asker == self.1) {
            state.holders.swap_remove(at);
        }
        drop(state);
        // The queue may go on.
        self.0.changed.notify_waiters();
    }
}
