//! Jobs of a route that have begun on this node and wait for a place.
//!
//! While its functions are quick, a place is free sooner than another write would be done. A job that is submitted then begins by
//! the very write that stores it, and several from the queue by the write that ends another one. They run once functions return,
//! whichever place that is in. One that waits here for long all the same is handed back.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::sync::Notify;

use super::worker::{self, Attempt};
use super::{JobState, Shared};
use crate::schema::ColumnType;
use crate::store::StoreError;

/// How many jobs may have begun for each place that the route has, beside the one that has it.
const SEATS: usize = 8;
/// A function that returned within this time is quick.
const QUICK: Duration = Duration::from_millis(2);

/// The routes of jobs, from the index alone.
pub(super) const ROUTES: &str = "SELECT \"route\" FROM \"_pxt_jobs\"";

/// What of a route is ready.
pub(super) struct Ready {
    queues: Mutex<Queues>,
    /// Told of each one that comes.
    came: Notify,
    /// How many began without a place, and have not ended.
    seats: AtomicUsize,
    /// Whether the last function that returned was quick.
    is_quick: AtomicBool,
    /// Whether others wait in the queue, more than are read at once or without anybody to read them: nobody begins before those.
    is_crowded: AtomicBool,
}

/// Those that wait, each with the time from which.
#[derive(Default)]
struct Queues {
    /// They waited in the queue, before anybody that is in it now.
    queued: VecDeque<(Instant, Attempt)>,
    submitted: VecDeque<(Instant, Attempt)>,
}

/// Leave to begin without a place, until this is dropped.
pub(super) struct Seat(Arc<Ready>);

impl Default for Ready {
    fn default() -> Self {
        Self {
            queues: Mutex::default(),
            came: Notify::new(),
            seats: AtomicUsize::new(0),
            is_quick: AtomicBool::new(false),
            // What an earlier process left may wait.
            is_crowded: AtomicBool::new(true),
        }
    }
}

impl Ready {
    /// Takes down whether others wait in the queue.
    pub(super) fn crowd(&self, is_crowded: bool) {
        self.is_crowded.store(is_crowded, Ordering::Relaxed);
    }

    /// Whether the last function that returned was quick.
    pub(super) fn is_quick(&self) -> bool {
        self.is_quick.load(Ordering::Relaxed)
    }

    /// Whether jobs begin without a place.
    pub(super) fn has_seats(&self) -> bool {
        self.is_quick() && !self.is_crowded.load(Ordering::Relaxed)
    }

    /// Takes down how long a function took. Whether that was quick.
    pub(super) fn took(&self, time: Duration) -> bool {
        let is_quick = time < QUICK;
        self.is_quick.store(is_quick, Ordering::Relaxed);
        is_quick
    }

    /// A seat behind so many places that jobs have, if one is free.
    pub(super) fn seat(self: &Arc<Self>, places: usize) -> Option<Seat> {
        let most = places.saturating_mul(SEATS);
        let more = |seats| (seats < most).then_some(seats + 1);
        let has = self.seats.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        has.is_ok().then(|| Seat(self.clone()))
    }

    /// A job has begun by the write that stored it.
    pub(super) fn push(&self, attempt: Attempt) {
        self.lock().submitted.push_back((Instant::now(), attempt));
        self.came.notify_one();
    }

    /// A job has begun that waited in the queue.
    pub(super) fn push_queued(&self, attempt: Attempt) {
        self.lock().queued.push_back((Instant::now(), attempt));
        self.came.notify_one();
    }

    /// The next one. Those that waited in the queue come first; where it is to yield to others of the queue, only those.
    pub(super) fn pop(&self, yields: bool) -> Option<Attempt> {
        let Queues { queued, submitted } = &mut *self.lock();
        let next = queued.pop_front().or_else(|| if yields { None } else { submitted.pop_front() });
        next.map(|(_, attempt)| attempt)
    }

    /// Takes those that have waited for so long. Whoever is submitted now had better wait in the queue, where any node finds it.
    pub(super) fn take_late(&self, waited: Duration) -> Vec<Attempt> {
        let Queues { queued, submitted } = &mut *self.lock();
        let mut late = Vec::new();
        for waiting in [queued, submitted] {
            while let Some((_, attempt)) = waiting.pop_front_if(|(since, _)| since.elapsed() >= waited) {
                late.push(attempt);
            }
        }
        if !late.is_empty() {
            self.is_quick.store(false, Ordering::Relaxed);
        }
        late
    }

    /// Whether there is one, as [`pop`](Self::pop) has it.
    pub(super) fn has_next(&self, yields: bool) -> bool {
        let waiting = self.lock();
        !waiting.queued.is_empty() || (!yields && !waiting.submitted.is_empty())
    }

    /// Waits until one comes. It may be gone by then.
    pub(super) async fn came(&self) {
        self.came.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    /// Whether the job that waits longest in the queue is for the dispatcher to begin or to give up, in a place that has to be free
    /// for it. What was submitted later waits for that.
    pub(super) fn yields(&self, route: &str) -> bool {
        !self.is_stopping() && self.ahead.is_for_another(route, self.config.attempts)
    }

    /// Finds places for what is ready, where those that were freed were another route's; if `queued`, only for what was in the
    /// queue.
    pub(super) fn start_ready(self: &Arc<Self>, queued: bool) {
        for (route, _) in self.places.with_ready() {
            let yields = queued || self.yields(&route);
            while let Some((place, attempt)) = self.places.take_ready(&route, yields) {
                worker::start(self, place, attempt);
            }
        }
    }

    /// Hands back what has been ready for too long: another node may have a place.
    pub(super) async fn hand_back_late(&self) {
        for (_, ready) in self.places.with_ready() {
            let late = ready.take_late(self.times.ready);
            for handed in join_all(late.iter().map(|attempt| attempt.lease().hand_back(None))).await {
                if let Err(error) = handed {
                    tracing::warn!(%error, "a job could not be handed back: its lease will end");
                }
            }
            if !late.is_empty() {
                self.falls_behind();
            }
        }
    }

    /// Learns whether jobs wait in the queue of routes other than these, which have all the places that they may have. Then none
    /// begins before them.
    pub(super) async fn see_crowd(&self, open: &[Arc<str>]) -> Result<(), StoreError> {
        let full: Vec<_> = self.places.routes().into_iter().filter(|route| !open.contains(route)).collect();
        let first = self.ask_due(ROUTES, &[("route", ColumnType::String)], JobState::Pending, &full, 1).await?;
        self.places.crowd(&full, !first.is_empty());
        Ok(())
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.seats.fetch_sub(1, Ordering::Relaxed);
    }
}
