//! What goes on in one place: one function at a time, and behind it the commits of jobs whose functions have returned.
//!
//! A commit takes longer than a function that does little. Where functions are quick, a place therefore has several jobs under
//! way, so that one commit ends more of them and begins those that come next.

use std::collections::VecDeque;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::places::Place;
use super::worker::Attempt;

/// How many jobs of one place may be before their end at once: the one that runs, and those that were begun and come next.
const MOST: usize = 4;
/// A job that was about to end within this time is quick: others may wait behind the next one.
const QUICK: Duration = Duration::from_millis(2);

/// Works on a job, and then on those that come next in its place.
pub(super) async fn work(place: Place, first: Attempt) {
    let lane = Lane { begun: AtomicUsize::new(1) };
    let (mut waiting, mut ending) = (VecDeque::from([first]), FuturesUnordered::new());
    loop {
        let Some(attempt) = waiting.pop_front() else {
            match ending.next().await {
                Some(next) => waiting.extend(next),
                // The place is free for others once the last end is written.
                None => return,
            }
            continue;
        };
        let lease = attempt.lease().clone();
        let mut run = Box::pin(lane.run(&place, attempt));
        loop {
            tokio::select! {
                biased;
                next = &mut run => {
                    waiting.extend(next);
                    break;
                }
                // Its function has returned: the next one may run.
                () = lease.about_to_end() => {
                    ending.push(run);
                    break;
                }
                Some(next) = ending.next() => waiting.extend(next),
            }
        }
    }
}

struct Lane {
    /// How many jobs have begun here and are not about to end. Only this place's own task counts.
    begun: AtomicUsize,
}

impl Lane {
    /// Works on one job, and begins those that come next when it is about to end.
    async fn run(&self, place: &Place, attempt: Attempt) -> Vec<Attempt> {
        let (since, asked) = (Instant::now(), OnceLock::new());
        let next = attempt.run(place.runner.clone(), || {
            let others = self.begun.load(Ordering::Relaxed) - 1;
            let most = if since.elapsed() < QUICK { MOST } else { 1 };
            let count = *asked.get_or_init(|| most.saturating_sub(others));
            self.begun.store(others + count, Ordering::Relaxed);
            count
        });
        let next = next.await;
        // Of those that were asked for, some may not be there; a job that failed asked for none, and has ended itself.
        let gone = asked.into_inner().map_or(1, |count| count - next.len());
        self.begun.fetch_sub(gone, Ordering::Relaxed);
        next
    }
}
