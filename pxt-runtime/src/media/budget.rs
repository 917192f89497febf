//! The memory that large decoded images may take together, over all requests of the process.
//!
//! A small file can be a large image. Each is limited by itself, and this limits how many there are at once: who finds no
//! room waits for it, in the order of coming, for a while.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::MediaError;

/// How many may wait at once. Each blocks a thread, and those who hold memory need threads to come to their end.
const WAITERS: usize = 64;

/// A number of bytes that is lent out.
///
/// Nobody waits for ever. Who holds memory may wait for more (a row of two large images), so rows can wait for each other
/// in a circle; and waiting threads could be all that the runtime has, while holders need one to finish. Both end: a wait
/// has a deadline, after which it fails, its row gives back what it holds, and the next in line goes on. The lock itself
/// is never held while anything else is waited for or called.
pub(super) struct Budget {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    free: u64,
    /// The tickets of those who wait. Only the first may take, else small requests would starve a large one.
    queue: VecDeque<u64>,
    next_ticket: u64,
}

/// Bytes taken from a budget, given back on drop.
pub(super) struct Reservation {
    budget: &'static Budget,
    bytes: u64,
}

impl Budget {
    pub(super) const fn new(bytes: u64) -> Self {
        let state = State { free: bytes, queue: VecDeque::new(), next_ticket: 0 };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Takes bytes, if need be waiting until the deadline, on a thread that may block. More than the whole budget is
    /// never there.
    ///
    /// # Errors
    /// [`MediaError::Busy`] when they were not free in time, or too many wait already.
    pub(super) fn reserve(&'static self, bytes: u64, deadline: Instant) -> Result<Reservation, MediaError> {
        let mut state = self.lock();
        if state.queue.len() >= WAITERS {
            return Err(MediaError::Busy);
        }
        let ticket = state.next_ticket;
        state.next_ticket += 1;
        state.queue.push_back(ticket);
        loop {
            if state.queue.front() == Some(&ticket) && state.free >= bytes {
                state.queue.pop_front();
                state.free -= bytes;
                // The next one may fit as well.
                self.changed.notify_all();
                return Ok(Reservation { budget: self, bytes });
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.queue.retain(|&other| other != ticket);
                self.changed.notify_all();
                return Err(MediaError::Busy);
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn give_back(&self, bytes: u64) {
        self.lock().free += bytes;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change is one step; nothing is half done after a panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn free(&self) -> u64 {
        self.lock().free
    }

    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.lock().queue.len()
    }
}

impl Reservation {
    /// Gives back all but this much.
    pub(super) fn shrink(&mut self, bytes: u64) {
        let excess = self.bytes.saturating_sub(bytes);
        self.bytes -= excess;
        self.budget.give_back(excess);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.give_back(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::*;

    fn later() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    fn until_waiting(budget: &Budget, count: usize) {
        while budget.waiting() != count {
            thread::yield_now();
        }
    }

    #[test]
    fn bytes_are_lent_and_come_back() {
        static BUDGET: Budget = Budget::new(10);
        let mut large = BUDGET.reserve(9, Instant::now()).unwrap();
        assert!(matches!(BUDGET.reserve(2, Instant::now()), Err(MediaError::Busy)));
        assert!(matches!(BUDGET.reserve(11, Instant::now()), Err(MediaError::Busy)));
        large.shrink(4);
        let other = BUDGET.reserve(6, Instant::now()).unwrap();
        assert_eq!(BUDGET.free(), 0);
        drop((large, other));
        assert_eq!((BUDGET.free(), BUDGET.waiting()), (10, 0));
    }

    #[test]
    fn the_first_in_line_is_served_first() {
        static BUDGET: Budget = Budget::new(10);
        let held = BUDGET.reserve(8, later()).unwrap();
        let (served, order) = mpsc::channel();
        thread::scope(|scope| {
            for (waiting, bytes) in [(1, 9), (2, 2)] {
                let served = served.clone();
                scope.spawn(move || {
                    let reservation = BUDGET.reserve(bytes, later()).unwrap();
                    served.send(bytes).unwrap();
                    drop(reservation);
                });
                until_waiting(&BUDGET, waiting);
            }
            // Two bytes are free all the time, but a large one came first.
            drop(held);
        });
        drop(served);
        assert_eq!(order.iter().collect::<Vec<_>>(), [9, 2]);
        assert_eq!(BUDGET.free(), 10);
    }

    #[test]
    fn a_circle_of_waits_ends() {
        static BUDGET: Budget = Budget::new(10);
        let mut held: Vec<_> = (0..2).map(|_| BUDGET.reserve(5, later()).unwrap()).collect();
        let (first, second) = (held.pop(), held.pop());
        let results = thread::scope(|scope| {
            let rows =
                [(first, Duration::from_millis(20)), (second, Duration::from_secs(60))].map(|(mine, patience)| {
                    scope.spawn(move || {
                        let more = BUDGET.reserve(5, Instant::now() + patience);
                        drop(mine);
                        more.is_ok()
                    })
                });
            rows.map(|row| row.join().unwrap())
        });
        assert_eq!(results, [false, true], "one gives up, and the other has its memory");
        assert_eq!(BUDGET.free(), 10);
    }

    #[test]
    fn few_wait() {
        static BUDGET: Budget = Budget::new(1);
        let held = BUDGET.reserve(1, later()).unwrap();
        thread::scope(|scope| {
            for _ in 0..WAITERS {
                scope.spawn(|| drop(BUDGET.reserve(1, later()).unwrap()));
            }
            until_waiting(&BUDGET, WAITERS);
            assert!(matches!(BUDGET.reserve(1, later()), Err(MediaError::Busy)));
            drop(held);
        });
        assert_eq!(BUDGET.free(), 1);
    }
}
